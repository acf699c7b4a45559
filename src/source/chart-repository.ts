/** Helm charts from repositories: an index.yaml and packed charts on any web server. */
import { createHash } from 'node:crypto';
import { nearest, Problem } from '../problem.ts';
import { readYaml, YamlError, type YamlObject, type YamlValue } from '../yaml/index.ts';
import type { FetchedChart } from './fetched-chart.ts';
import { loadFile } from './http.ts';
import type { Logins } from './logins.ts';

const limits = { index: 64 * 2 ** 20, chart: 100 * 2 ** 20 };

export interface RepositoryChart {
  readonly repository: string;
  readonly name: string;
  readonly version: string;
}

/** Throws Problem `source-missing`, `unauthenticated`, `forbidden`, `unreachable` or `limit-exceeded`. */
export async function fetchRepositoryChart(chart: RepositoryChart, logins: Logins): Promise<FetchedChart> {
  const { repository, name, version } = chart;
  const host = new URL(repository).host;
  const login = logins(host);
  const authorization =
    login === undefined ? undefined : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const what = `the chart ${name} ${version} of ${repository}`;
  const index = await loadFile({
    url: `${repository}/index.yaml`,
    authorization,
    limit: limits.index,
    what: `the index of ${repository}`,
  });
  const entry = entryOf(parseIndex(index.body, repository), chart);
  const url = archiveUrl(entry, repository, what);
  // The login is the repository's; an archive on another host does not get it.
  const own = url.origin === new URL(repository).origin;
  const { body } = await loadFile({
    url: url.href,
    authorization: own ? authorization : undefined,
    limit: limits.chart,
    what,
  });
  const digest = createHash('sha256').update(body).digest('hex');
  const wanted = entry['digest'];
  if (typeof wanted === 'string' && wanted !== '' && wanted.replace(/^sha256:/, '') !== digest) {
    throw new Problem({
      reason: 'source-missing',
      message: `${what} is not what the index says: ${wanted} was announced, ${digest} was given`,
      hint: 'Somebody exchanged it, or the index is older than the archive. Nothing was rendered.',
    });
  }
  const notices =
    typeof wanted === 'string' && wanted !== ''
      ? []
      : [`${what} has no digest in the index, so nothing says that it is the same tomorrow`];
  const file = `${name}-${version}.tgz`;
  return { files: new Map([[file, body]]), path: file, origin: repository, digest: `sha256:${digest}`, notices };
}

function parseIndex(body: Uint8Array, repository: string): YamlObject {
  try {
    const value = readYaml(new TextDecoder().decode(body));
    const entries = isMapping(value) ? value['entries'] : undefined;
    if (isMapping(entries)) return entries;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
  }
  throw new Problem({
    reason: 'source-missing',
    message: `${repository} is not a repository of Helm charts: its index.yaml has no entries`,
  });
}

function entryOf(entries: YamlObject, { repository, name, version }: RepositoryChart): YamlObject {
  const versions = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (!Array.isArray(versions)) {
    const near = nearest(name, Object.keys(entries));
    throw new Problem({
      reason: 'source-missing',
      message: `${repository} has no chart ${name}`,
      hint: near === undefined ? undefined : `Did you mean ${near}?`,
    });
  }
  const known = (versions as readonly YamlValue[]).filter(isMapping);
  const found =
    known.find((entry) => entry['version'] === version) ?? known.find((entry) => entry['version'] === other(version));
  if (found !== undefined) return found;
  const newest = known.slice(0, 5).map((entry) => String(entry['version']));
  throw new Problem({
    reason: 'source-missing',
    message: `${repository} has no version ${version} of ${name}`,
    hint: newest.length === 0 ? undefined : `The first in its index are ${newest.join(', ')}.`,
  });
}

/** `v1.2.3` and `1.2.3` are the same version, as for Helm. */
function other(version: string): string {
  return version.startsWith('v') ? version.slice(1) : `v${version}`;
}

function archiveUrl(entry: YamlObject, repository: string, what: string): URL {
  const urls = entry['urls'];
  const first: unknown = Array.isArray(urls) ? urls[0] : undefined;
  if (typeof first === 'string' && URL.canParse(first, `${repository}/`)) {
    const url = new URL(first, `${repository}/`);
    url.hash = '';
    return url;
  }
  throw new Problem({ reason: 'source-missing', message: `${what} has no address in the index` });
}

function isMapping(value: YamlValue | undefined): value is YamlObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
