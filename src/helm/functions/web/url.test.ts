import { describe, expect, test } from '@jest/globals';
import { parseAddress } from './ip.ts';
import { formatUrl, formatUserInfo, hostName, parseUrl } from './url.ts';

describe('URLs are taken apart as Go does', () => {
  test('into parts without escapes, the query as it is', () => {
    const url = parseUrl('http://u%40x:p:q@h:80/p%20a?q=%20#f%41');
    expect(url).toEqual({
      scheme: 'http',
      opaque: '',
      user: { name: 'u@x', password: 'p:q' },
      host: 'h:80',
      path: '/p a',
      query: 'q=%20',
      fragment: 'fA',
    });
    expect(url.user && formatUserInfo(url.user)).toBe('u%40x:p%3Aq');
  });

  test('without a slash what follows the scheme is opaque', () => {
    expect(parseUrl('mailto:a@b').opaque).toBe('a@b');
    expect(parseUrl('*').path).toBe('*');
  });

  test.each([
    ['http://[::1]:80/', '::1'],
    ['http://h:80', 'h'],
    ['//h', 'h'],
    ['postgres://a:1,b:2/x', 'a:1,b'],
    ['http://[fe80::1%25en0]/', 'fe80::1%en0'],
  ])('the host name of %s is %s', (text, expected) => {
    expect(hostName(parseUrl(text))).toBe(expected);
  });

  test.each([
    ['http://[::1', 'parse "http://[::1": missing \']\' in host'],
    ['http://h:x', 'parse "http://h:x": invalid port ":x" after host'],
    ['http://a:1:2', 'parse "http://a:1:2": invalid port ":1:2" after host'],
    ['http://[1.2.3.4]', 'parse "http://[1.2.3.4]": invalid IP-literal'],
    ['http://a b', 'parse "http://a b": invalid character " " in host name'],
    ['http://%41', 'parse "http://%41": invalid URL escape "%41"'],
    ['/%zz', 'parse "/%zz": invalid URL escape "%zz"'],
    [':a', 'parse ":a": missing protocol scheme'],
    ['1a:b', 'parse "1a:b": first path segment in URL cannot contain colon'],
    ['http://u{@h', 'parse "http://u{@h": net/url: invalid userinfo'],
    ['a\tb', 'parse "a\\tb": net/url: invalid control character in URL'],
  ])('%j: %s', (text, message) => {
    expect(() => parseUrl(text)).toThrow(message);
  });
});

test('parts become a URL again, escaped where they must be', () => {
  const none = { scheme: '', opaque: '', user: undefined, host: '', path: '', query: '', fragment: '' };
  expect(formatUrl({ ...none, scheme: 'https', host: 'h', path: '/a b', query: 'x=1' })).toBe('https://h/a%20b?x=1');
  expect(formatUrl({ ...none, host: 'h', path: 'a' })).toBe('//h/a');
  expect(formatUrl({ ...none, path: 'a:b' })).toBe('./a:b');
  expect(formatUrl({ ...none, scheme: 'x', opaque: 'y', fragment: "'" })).toBe('x:y#%27');
});

describe('addresses', () => {
  test.each([
    ['10.0.0.1', [10, 0, 0, 1]],
    ['::', new Array(16).fill(0)],
    ['::ffff:1.2.3.4', [...new Array(10).fill(0), 255, 255, 1, 2, 3, 4]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['1::8', [0, 1, ...new Array(13).fill(0), 8]],
  ])('%s', (text, bytes) => {
    expect(parseAddress(text)).toEqual(bytes);
  });

  test.each([
    ['x', 'ParseAddr("x"): unable to parse IP'],
    ['1.2.3', 'ParseAddr("1.2.3"): IPv4 address too short'],
    ['1.2.3.04', 'ParseAddr("1.2.3.04"): IPv4 field has octet with leading zero'],
    ['1.2.3.256', 'ParseAddr("1.2.3.256"): IPv4 field has value >255'],
    ['1..2.3', 'ParseAddr("1..2.3"): IPv4 field must have at least one digit (at ".2.3")'],
    ['1::2::3', 'ParseAddr("1::2::3"): multiple :: in address (at ":3")'],
    ['12345::', 'ParseAddr("12345::"): each group must have 4 or less digits (at "12345::")'],
    ['1:2', 'ParseAddr("1:2"): address string too short'],
    ['1:2:3:4:5:6:7:8::', 'ParseAddr("1:2:3:4:5:6:7:8::"): the :: must expand to at least one field of zeros'],
    ['::1%', 'ParseAddr("::1%"): zone must be a non-empty string'],
  ])('%s: %s', (text, message) => {
    expect(() => parseAddress(text)).toThrow(message);
  });
});
