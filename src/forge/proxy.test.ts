import { expect, test } from '@jest/globals';
import { proxyOf } from './proxy.ts';

const secure = 'https://api.github.com';
const plain = 'http://gitlab.example.test/api/v4';

test('the variables for the address’s scheme are read, small letters first', () => {
  const env = { HTTPS_PROXY: 'http://loud:1', https_proxy: 'http://quiet:2', http_proxy: 'http://plain:3' };
  expect(proxyOf(env, secure)?.url).toBe('http://quiet:2');
  expect(proxyOf(env, plain)?.url).toBe('http://plain:3');
  expect(proxyOf({ ALL_PROXY: 'proxy.example.test:8080' }, secure)?.url).toBe('http://proxy.example.test:8080');
});

test('hosts that are exempt go along', () => {
  expect(proxyOf({ https_proxy: 'http://p:1', NO_PROXY: '.internal' }, secure)?.exempt).toBe('.internal');
});

test('no variable, an empty one and HTTP_PROXY in capitals are no proxy', () => {
  expect(proxyOf({}, secure)).toBeUndefined();
  expect(proxyOf({ https_proxy: '' }, secure)).toBeUndefined();
  expect(proxyOf({ HTTP_PROXY: 'http://evil:1' }, plain)).toBeUndefined();
});
