import type { ProxyOptions } from './http.ts';

/**
 * The proxy that the usual variables ask for, in the order curl reads them; the small letters first. HTTP_PROXY in
 * capitals is left alone for plain http, as CGI servers let strangers set it.
 */
export function proxyOf(env: Readonly<Record<string, string | undefined>>, apiUrl: string): ProxyOptions | undefined {
  const names = apiUrl.startsWith('https:')
    ? ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
    : ['http_proxy', 'all_proxy', 'ALL_PROXY'];
  const url = names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  if (url === undefined) return undefined;
  const exempt = env['no_proxy'] ?? env['NO_PROXY'];
  return { url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`, exempt };
}
