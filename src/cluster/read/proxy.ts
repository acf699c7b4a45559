/** The proxy that the environment's variables name for a server, by the rules that kubectl goes by (Go's net/http). */
import { BlockList, isIP } from 'node:net';

export interface ProxyVariables {
  /** HTTPS_PROXY and HTTP_PROXY, in capitals or not. */
  readonly https: string | undefined;
  readonly http: string | undefined;
  /** NO_PROXY: hosts, domains, addresses and networks that are reached directly. */
  readonly no: string | undefined;
}

/** An empty variable counts as none; capitals win, as in Go. */
export function proxyVariables(env: Readonly<Record<string, string | undefined>>): ProxyVariables {
  const of = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined;
  return { https: of('HTTPS_PROXY'), http: of('HTTP_PROXY'), no: of('NO_PROXY') };
}

/** undefined: the server is reached directly. The machine itself is never reached through a proxy. */
export function proxyOf(server: string, variables: ProxyVariables): string | undefined {
  if (!URL.canParse(server)) return undefined;
  const { protocol, hostname, port } = new URL(server);
  const proxy = protocol === 'https:' ? variables.https : variables.http;
  if (proxy === undefined) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || isWithin(host, '127.0.0.0/8') || host === '::1') return undefined;
  const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const entries = (variables.no ?? '').split(',').map((entry) => entry.trim().toLowerCase());
  if (entries.some((entry) => entry !== '' && excludes(entry, host, at))) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function excludes(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isWithin(host, entry);
  const [, name = entry, only] = /^(.*[^:]):(\d+)$/.exec(entry) ?? [];
  if (only !== undefined && isIP(entry) === 0 && only !== port) return false;
  const plain = isIP(entry) === 0 ? name : entry;
  if (isIP(host) !== 0) return plain.replace(/^\[|\]$/g, '') === host;
  const domain = plain.replace(/^\*/, '');
  // `.example.test` is every host below it, `example.test` the host itself as well.
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isWithin(host: string, network: string): boolean {
  const family = isIP(host);
  const [base = '', bits = ''] = network.split('/');
  if (family === 0 || isIP(base) !== family || !/^\d+$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
