import { describe, expect, test } from '@jest/globals';
import { proxyOf, proxyVariables } from './proxy.ts';

const via = (server: string, no?: string): string | undefined =>
  proxyOf(server, proxyVariables({ HTTPS_PROXY: 'proxy.test:3128', http_proxy: 'http://plain.test', NO_PROXY: no }));

describe('the proxy of the environment', () => {
  test('is taken by the scheme of the server, with or without its own scheme', () => {
    expect(via('https://api.example.test:6443')).toBe('http://proxy.test:3128');
    expect(via('http://api.example.test')).toBe('http://plain.test');
    expect(proxyOf('https://api.example.test', proxyVariables({}))).toBeUndefined();
  });

  test.each(['https://localhost:6443', 'https://127.0.0.1:6443', 'https://[::1]:6443'])('is never for %s', (server) => {
    expect(via(server)).toBeUndefined();
  });

  test.each([
    ['*', true],
    ['example.test', true],
    ['.example.test', true],
    ['*.example.test', true],
    ['api.example.test', true],
    ['api.example.test:6443', true],
    ['api.example.test:443', false],
    ['ample.test', false],
    ['other.test, example.test ', true],
    ['', false],
  ])('NO_PROXY %s: %s', (no, isDirect) => {
    expect(via('https://api.example.test:6443', no) === undefined).toBe(isDirect);
  });

  test.each([
    ['10.0.0.0/8', true],
    ['10.1.2.3', true],
    ['10.1.2.3:6443', true],
    ['10.2.0.0/16', false],
    ['10.0.0.0/99', false],
    ['fd00::/8', false],
  ])('NO_PROXY %s for an address: %s', (no, isDirect) => {
    expect(via('https://10.1.2.3:6443', no) === undefined).toBe(isDirect);
  });
});
