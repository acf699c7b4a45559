import { expect, test } from '@jest/globals';
import { formatJson, parseJson } from './json.ts';

test('an integer beyond 2^53 keeps all its digits both ways', () => {
  const text = '{"limit":12345678901234567890,"name":"1234567890123456789","small":7,"share":0.1234567890123456789}';
  const value = parseJson(text);
  expect(value).toMatchObject({ limit: 12345678901234567890n, name: '1234567890123456789', small: 7 });
  expect(formatJson(value)).toContain('"limit":12345678901234567890,');
});
