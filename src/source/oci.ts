/** Helm charts from OCI registries. */
import { createHash } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { FetchedChart } from './fetched-chart.ts';
import { isLoopbackName, type Loaded, load, loadFile, statusProblem } from './http.ts';
import type { Logins } from './logins.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
/** The second is what Helm wrote before 3.7. */
const layerTypes = ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip'];

const limits = { manifest: 4 * 2 ** 20, chart: 100 * 2 ** 20, token: 2 ** 20 };

export interface OciChart {
  readonly url: string;
  /** A tag, or `sha256:…`. */
  readonly version: string;
}

/** Throws Problem `source-missing`, `unauthenticated`, `forbidden`, `unreachable`, `limit-exceeded` or `render-failed`. */
export async function fetchOciChart(chart: OciChart, logins: Logins): Promise<FetchedChart> {
  const { host, name } = addressOf(chart.url);
  // Tags cannot hold the plus sign of a version; Helm writes an underscore in its place.
  const reference = chart.version.replaceAll('+', '_');
  const what = `the chart ${chart.url}${reference.startsWith('sha256:') ? '@' : ':'}${chart.version}`;
  const registry = openRegistry({ host, name, logins, what });
  const manifest = await registry(`manifests/${reference}`, limits.manifest, manifestType);
  const digest = `sha256:${sha256(manifest.body)}`;
  if (reference.startsWith('sha256:') && reference !== digest) throw changed(what, reference, digest);
  const layer = chartLayer(manifest, what);
  const { body } = await registry(`blobs/${layer.digest}`, Math.min(limits.chart, layer.size));
  const got = `sha256:${sha256(body)}`;
  if (got !== layer.digest) throw changed(what, layer.digest, got);
  const file = `${name.slice(name.lastIndexOf('/') + 1)}.tgz`;
  return { files: new Map([[file, body]]), path: file, origin: chart.url, digest, notices: [] };
}

type Registry = (path: string, limit: number, accept?: string) => Promise<Loaded>;

interface OpenRegistry {
  readonly host: string;
  readonly name: string;
  readonly logins: Logins;
  readonly what: string;
}

/** Asks without login first; where the registry wants one, it says how. */
function openRegistry({ host, name, logins, what }: OpenRegistry): Registry {
  let authorization: string | undefined;
  return async (path, limit, accept) => {
    const scheme = isLoopbackName(new URL(`https://${host}`).hostname) ? 'http' : 'https';
    const url = `${scheme}://${host}/v2/${name}/${path}`;
    const headers = accept === undefined ? {} : { accept };
    const first = await load({ url, headers, authorization, limit, what });
    if (first.status === 200) return first;
    const challenge = first.headers['www-authenticate'];
    if (first.status !== 401 || authorization !== undefined || typeof challenge !== 'string') {
      throw statusProblem(first.status, what, host);
    }
    authorization = await answerOf(challenge, { host, name, logins, what });
    return loadFile({ url, headers, authorization, limit, what });
  };
}

/** The Authorization header that a challenge asks for: the login itself, or a token that is got with it. */
async function answerOf(challenge: string, { host, name, logins, what }: OpenRegistry): Promise<string> {
  const login = logins(host);
  const basic =
    login === undefined ? undefined : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(challenge) ?? [];
  if (scheme.toLowerCase() === 'basic') {
    if (basic === undefined) throw statusProblem(401, what, host);
    return basic;
  }
  const parameters = Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2]]));
  const { realm, service } = parameters;
  if (scheme.toLowerCase() !== 'bearer' || realm === undefined || !URL.canParse(realm))
    throw statusProblem(401, what, host);
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${name}:pull`);
  const { body } = await loadFile({ url: url.href, authorization: basic, limit: limits.token, what });
  const { token, access_token } = parseJson(body, what) as {
    readonly token?: unknown;
    readonly access_token?: unknown;
  };
  const given = token ?? access_token;
  if (typeof given !== 'string') throw statusProblem(401, what, host);
  return `Bearer ${given}`;
}

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function chartLayer(manifest: Loaded, what: string): Layer {
  const { layers, manifests } = parseJson(manifest.body, what) as {
    readonly layers?: readonly Layer[];
    readonly manifests?: unknown;
  };
  if (manifests !== undefined) throw notChart(what, 'it is an index of several images');
  const layer = layers?.find(({ mediaType }) => layerTypes.includes(mediaType));
  if (layer === undefined) throw notChart(what, 'it has no layer with a Helm chart');
  if (!/^sha256:[0-9a-f]{64}$/.test(layer.digest) || !Number.isSafeInteger(layer.size) || layer.size < 0) {
    throw notChart(what, 'its manifest is not valid');
  }
  if (layer.size > limits.chart) {
    throw new Problem({ reason: 'limit-exceeded', message: `${what} is larger than ${limits.chart} bytes` });
  }
  return layer;
}

function parseJson(body: Uint8Array, what: string): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notChart(what, 'the registry does not answer with JSON');
}

function addressOf(url: string): { readonly host: string; readonly name: string } {
  const [, host = '', name = ''] = /^oci:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  return { host: host === 'docker.io' ? 'registry-1.docker.io' : host, name };
}

function notChart(what: string, because: string): Problem {
  return new Problem({ reason: 'source-missing', message: `${what} is not a Helm chart: ${because}` });
}

function changed(what: string, wanted: string, got: string): Problem {
  return new Problem({
    reason: 'source-missing',
    message: `${what} is not what its digest says: ${wanted} was asked for, ${got} was given`,
    hint: 'Somebody exchanged it on the way, or the registry is broken. Nothing was rendered.',
  });
}

function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
