import type { ByteString } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { quote } from '../../format/quote.ts';
import { parseAddress } from './ip.ts';

/** A URL in parts, as Go's net/url has it: path, fragment and user are unescaped, the query is as it was written. */
export interface Url {
  readonly scheme: ByteString;
  readonly opaque: ByteString;
  readonly user: UserInfo | undefined;
  readonly host: ByteString;
  readonly path: ByteString;
  readonly query: ByteString;
  readonly fragment: ByteString;
}

export interface UserInfo {
  readonly name: ByteString;
  readonly password: ByteString | undefined;
}

/** The parts of a URL in which different characters must be escaped. */
type Part = 'path' | 'host' | 'zone' | 'user' | 'query' | 'fragment';

/** Characters that stand for themselves in each part, beside ASCII letters, digits and `-_.~`. */
const UNESCAPED: Readonly<Record<Part, string>> = {
  path: '$&+,/:;=@',
  host: '!$&\'()*+,;=:[]<>"',
  zone: '!$&\'()*+,;=:[]<>"',
  user: '$&+,;=',
  query: '',
  fragment: '$&+,/:;=?@!()*',
};

/** Go's url.Parse; throws a {@link GoError} in its words. */
export function parseUrl(text: ByteString): Url {
  const hash = text.indexOf('#');
  const beforeFragment = hash === -1 ? text : text.slice(0, hash);
  const parts = explained(beforeFragment, () => parseParts(beforeFragment));
  const fragment = hash === -1 ? '' : explained(text, () => unescaped(text.slice(hash + 1), 'fragment'));
  return { ...parts, fragment };
}

/** The user as it stands in a URL. */
export function formatUserInfo({ name, password }: UserInfo): ByteString {
  return escaped(name, 'user') + (password === undefined ? '' : `:${escaped(password, 'user')}`);
}

/** Go's URL.String for a URL put together from parts. */
export function formatUrl(url: Url): ByteString {
  const { scheme, opaque, user, host, query, fragment } = url;
  let out = scheme && `${scheme}:`;
  if (opaque !== '') {
    out += opaque;
  } else {
    if (host !== '' || user !== undefined || (scheme !== '' && url.path !== '')) out += '//';
    if (user !== undefined) out += `${formatUserInfo(user)}@`;
    out += escaped(host, 'host');
    const path = url.path === '*' ? '*' : escaped(url.path, 'path');
    if (path !== '' && !path.startsWith('/') && host !== '') out += '/';
    // A colon in the first segment of a relative path would make it a scheme.
    if (out === '' && path.split('/', 1)[0]?.includes(':')) out += './';
    out += path;
  }
  return out + (query && `?${query}`) + (fragment && `#${escaped(fragment, 'fragment')}`);
}

function explained<T>(text: ByteString, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GoError) throw new GoError(`parse ${quote(text)}: ${error.message}`);
    throw error;
  }
}

function parseParts(text: ByteString): Omit<Url, 'fragment'> {
  const none = { scheme: '', opaque: '', user: undefined, host: '', path: '', query: '' };
  if (/[\x00-\x1f\x7f]/.test(text)) throw new GoError('net/url: invalid control character in URL');
  if (text === '*') return { ...none, path: '*' };
  if (text.startsWith(':')) throw new GoError('missing protocol scheme');
  const [prefix = '', name = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? [];
  const scheme = name.toLowerCase();
  const afterScheme = text.slice(prefix.length);
  const question = afterScheme.indexOf('?');
  const rest = question === -1 ? afterScheme : afterScheme.slice(0, question);
  const query = question === -1 ? '' : afterScheme.slice(question + 1);
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...none, scheme, opaque: rest, query };
    if (rest.split('/', 1)[0]?.includes(':')) {
      throw new GoError('first path segment in URL cannot contain colon');
    }
  }
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) {
    return { ...none, scheme, path: unescaped(rest, 'path'), query };
  }
  const slash = rest.indexOf('/', 2);
  const authority = parseAuthority(scheme, rest.slice(2, slash === -1 ? undefined : slash));
  return { ...none, scheme, ...authority, path: slash === -1 ? '' : unescaped(rest.slice(slash), 'path'), query };
}

function parseAuthority(scheme: string, authority: ByteString): Pick<Url, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at === -1) return { user: undefined, host };
  const userInfo = authority.slice(0, at);
  if (/[^A-Za-z0-9\-._:~!$&'()*+,;=%@]/.test(userInfo)) throw new GoError('net/url: invalid userinfo');
  const colon = userInfo.indexOf(':');
  if (colon === -1) return { user: { name: unescaped(userInfo, 'user'), password: undefined }, host };
  const name = unescaped(userInfo.slice(0, colon), 'user');
  return { user: { name, password: unescaped(userInfo.slice(colon + 1), 'user') }, host };
}

function parseHost(scheme: string, host: ByteString): ByteString {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw new GoError('invalid IP-literal');
  if (bracket === 0) return parseBracketed(host);
  const colon = host.indexOf(':');
  if (colon !== -1) {
    // Lists of hosts with ports are common for databases, so only the web is held to one colon.
    const web = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(web ? colon : host.lastIndexOf(':')));
  }
  return unescaped(host, 'host');
}

function parseBracketed(host: ByteString): ByteString {
  const close = host.lastIndexOf(']');
  if (close === -1) throw new GoError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const literal = host.slice(1, close);
  const zone = literal.indexOf('%25');
  const name =
    zone === -1
      ? unescaped(literal, 'host')
      : unescaped(literal.slice(0, zone), 'host') + unescaped(literal.slice(zone), 'zone');
  if (addressOf(name).length === 4) throw new GoError('invalid IP-literal');
  return `[${name}]${port}`;
}

function addressOf(name: ByteString): readonly number[] {
  try {
    return parseAddress(name);
  } catch (error) {
    if (error instanceof GoError) throw new GoError(`invalid host: ${error.message}`);
    throw error;
  }
}

function checkPort(port: ByteString): void {
  if (!/^(:[0-9]*)?$/.test(port)) throw new GoError(`invalid port ${quote(port)} after host`);
}

/** Go's Hostname: without port, and without the brackets of an IPv6 address. */
export function hostName({ host }: Pick<Url, 'host'>): ByteString {
  return host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/s, '$1');
}

function escaped(text: ByteString, part: Part): ByteString {
  return text.replace(/[^A-Za-z0-9\-_.~]/g, (byte) =>
    UNESCAPED[part].includes(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function unescaped(text: ByteString, part: Part): ByteString {
  return text.replace(/%([0-9a-fA-F]{2})|%.{0,2}|[^A-Za-z0-9\-_.~]/gs, (found, hex: string | undefined) => {
    if (hex !== undefined) return unescapedByte(found, hex, part);
    if (found.startsWith('%')) throw new GoError(`invalid URL escape ${quote(found)}`);
    const strict = part === 'host' || part === 'zone';
    if (strict && found < '\x80' && !UNESCAPED[part].includes(found)) {
      throw new GoError(`invalid character ${quote(found)} in host name`);
    }
    return found;
  });
}

function unescapedByte(escaped: string, hex: string, part: Part): ByteString {
  const byte = String.fromCharCode(Number.parseInt(hex, 16));
  const allowed =
    escaped === '%25' ||
    (part === 'host' && byte >= '\x80') ||
    (part === 'zone' && (byte === ' ' || /[A-Za-z0-9\-_.~]/.test(byte) || UNESCAPED.host.includes(byte))) ||
    (part !== 'host' && part !== 'zone');
  if (!allowed) throw new GoError(`invalid URL escape ${quote(escaped)}`);
  return byte;
}
