import type { ByteString } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { HelmFunction } from '../function.ts';
import { dictOf, type GoMap, kindOf, types } from '../value.ts';
import { define, nilPointer, takes } from './define.ts';
import { formatUrl, formatUserInfo, hostName, parseUrl, type Url } from './web/url.ts';

const { dict, string } = takes;

/** sprig's functions on URLs. */
export const urlFunctions: readonly HelmFunction[] = [
  ...define('urlParse', { takes: [string], gives: types.dict, call: ([text]) => urlParse(text) }),
  ...define('urlJoin', { takes: [dict], gives: types.string, call: ([parts]) => urlJoin(parts) }),
];

function urlParse(text: ByteString): GoMap {
  const url = parsed(text, 'unable to parse url');
  return dictOf([
    ['scheme', url.scheme],
    ['host', url.host],
    ['hostname', hostName(url)],
    ['path', url.path],
    ['query', url.query],
    ['opaque', url.opaque],
    ['fragment', url.fragment],
    ['userinfo', url.user === undefined ? '' : formatUserInfo(url.user)],
  ]);
}

function urlJoin(parts: GoMap): ByteString {
  const text = (key: string) => textUnder(parts, key);
  const url = {
    scheme: text('scheme'),
    host: text('host'),
    path: text('path'),
    query: text('query'),
    opaque: text('opaque'),
    fragment: text('fragment'),
  };
  const userInfo = text('userinfo');
  const user =
    userInfo === '' ? undefined : parsed(`proto://${userInfo}@host`, 'unable to parse userinfo in dict').user;
  return formatUrl({ ...url, user });
}

function textUnder(parts: GoMap, key: string): ByteString {
  const value = parts.entries.get(key);
  if (value === undefined) return '';
  if (value === null) throw nilPointer();
  if (typeof value === 'string') return value;
  throw new GoError(`unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`);
}

function parsed(text: ByteString, problem: string): Url {
  try {
    return parseUrl(text);
  } catch (error) {
    if (error instanceof GoError) throw new GoError(`${problem}: ${error.message}`);
    throw error;
  }
}
