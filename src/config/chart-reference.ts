/** Where a chart comes from, as written in `chart` and `version`. */
import type { ChartReference } from './config.ts';
import { pathMistake, placeholderMistake, tidyPath } from './path.ts';
import type { RawChart } from './raw.ts';
import type { Path } from './shape.ts';

export type ParsedChart =
  | { readonly kind: 'chart'; readonly chart: ChartReference }
  | { readonly kind: 'mistake'; readonly path: Path; readonly message: string; readonly hint?: string };

/** The paths of a mistake begin at the release: `['chart']`, `['chart', 'ref']`, `['version']`. */
export function parseChart(raw: RawChart, version: string | undefined): ParsedChart {
  if (typeof raw !== 'string') {
    if ('git' in raw) return gitChart(raw, version);
    return repositoryChart({ ...raw, version: version ?? raw.version });
  }
  if (raw.startsWith('oci://')) return ociChart(raw, version);
  if (/^[a-z+]+:\/\//i.test(raw)) {
    return mistake(['chart'], `"${raw}" is neither a path nor an oci:// address`, repositoryHint);
  }
  const message = pathMistake(raw) ?? placeholderMistake(raw);
  if (message !== undefined) return mistake(['chart'], `chart "${raw}" ${message}`);
  if (version !== undefined) {
    return mistake(
      ['version'],
      `chart "${raw}" is part of this repository, so its version cannot be chosen`,
      'A version is for charts from oci:// and from Helm repositories: { repository: URL, name: NAME, version: VERSION }.',
    );
  }
  return { kind: 'chart', chart: { kind: 'path', path: tidyPath(raw) } };
}

/**
 * The same chart with the version that an environment asks for, or the mistake.
 * A chart of this repository has no other version than the commit; one from Git is chosen by its ref.
 */
export function withVersion(chart: ChartReference, version: string): ParsedChart {
  switch (chart.kind) {
    case 'oci':
      return ociChart(chart.url, version);
    case 'repository':
      return repositoryChart({ ...chart, version });
    case 'git':
      return gitChart({ git: chart.repository, ref: chart.ref, path: chart.path }, version);
    case 'path':
      return parseChart(chart.path, version);
  }
}

const repositoryHint = 'A chart of a Helm repository is written { repository: https://…, name: …, version: … }.';

function ociChart(address: string, version: string | undefined): ParsedChart {
  const parts = /^(oci:\/\/[^\s@]+?)(?::([^/:@]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(address);
  const url = parts?.[1];
  if (url === undefined || !/^oci:\/\/[A-Za-z0-9.-]+(:\d+)?\/[^:]+$/.test(url)) {
    return mistake(['chart'], `"${address}" is not an oci:// address`, 'It is written oci://host/path/name.');
  }
  const pinned = parts?.[3] ?? parts?.[2];
  if (pinned !== undefined && version !== undefined && pinned !== version) {
    return mistake(['version'], `the address says ${pinned} and version says ${version}`);
  }
  const chosen = pinned ?? version;
  if (chosen === undefined) return mistake(['chart'], `"${address}" needs a version`, 'Add version: … to the release.');
  if (!chosen.startsWith('sha256:') && !exactVersion.test(chosen)) return mistake(['version'], rangeMessage(chosen));
  return { kind: 'chart', chart: { kind: 'oci', url, version: chosen } };
}

function repositoryChart(raw: {
  readonly repository: string;
  readonly name: string;
  readonly version: string;
}): ParsedChart {
  const address = httpsMistake(raw.repository);
  if (address !== undefined) return mistake(['chart', 'repository'], `"${raw.repository}" ${address}`);
  if (!/^[A-Za-z0-9][-_.A-Za-z0-9]*$/.test(raw.name)) {
    return mistake(['chart', 'name'], `"${raw.name}" is not the name of a chart`);
  }
  if (!exactVersion.test(raw.version)) return mistake(['chart', 'version'], rangeMessage(raw.version));
  const { repository, name, version } = raw;
  return { kind: 'chart', chart: { kind: 'repository', repository: repository.replace(/\/+$/, ''), name, version } };
}

function gitChart(
  raw: { readonly git: string; readonly ref: string; readonly path?: string | undefined },
  version: string | undefined,
): ParsedChart {
  const address = gitAddressMistake(raw.git) ?? unsafeTransport(raw.git);
  if (address !== undefined) return mistake(['chart', 'git'], `"${raw.git}" ${address}`);
  const ref = refMistake(raw.ref);
  if (ref !== undefined) return mistake(['chart', 'ref'], `"${raw.ref}" ${ref}`);
  const path = raw.path ?? '.';
  const message = pathMistake(path) ?? placeholderMistake(path);
  if (message !== undefined) return mistake(['chart', 'path'], `"${path}" ${message}`);
  if (version !== undefined) return mistake(['version'], 'a chart from Git is chosen by its ref, not by a version');
  return { kind: 'chart', chart: { kind: 'git', repository: raw.git, ref: raw.ref, path: tidyPath(path) } };
}

/** Plain HTTP is for a server on this machine only: anybody on the way could exchange the chart. */
function httpsMistake(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || /\s/.test(address)) return 'is not an https:// address';
  if (url.username !== '' || url.password !== '') return 'holds a login; give it to the run as an environment variable';
  if (url.protocol === 'https:') return undefined;
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'http:' && local ? undefined : 'is not an https:// address';
}

/** A range would render something else tomorrow, without any commit. */
const exactVersion = /^v?\d+\.\d+\.\d+([-+][-+.0-9A-Za-z]+)?$/;

function rangeMessage(version: string): string {
  return `"${version}" is not an exact version like 1.4.2; a range could render something else tomorrow`;
}

/** What keeps an address from being given to git: another program (`ext::`), an option, or nothing that git knows. */
export function gitAddressMistake(address: string): string | undefined {
  if (address.startsWith('-') || address.includes('::') || /\s/.test(address))
    return 'is not an address of a Git repository';
  if (/^(https?|ssh|git|file):\/\/\S+$/.test(address) || /^[\w.-]+@[\w.-]+:\S+$/.test(address)) return undefined;
  return 'is not an address of a Git repository (https://…, ssh://…, git@host:path)';
}

/** What anybody on the way could exchange, or what lies on the machine that renders. */
function unsafeTransport(address: string): string | undefined {
  if (/^(file|git):/.test(address)) return 'is not https:// or ssh://';
  return address.startsWith('http:') ? httpsMistake(address) : undefined;
}

/** What Git itself would not accept as the name of a branch, tag or commit. */
export function refMistake(ref: string): string | undefined {
  const bad =
    /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(\/|$)|^[-/.]|[/.]$|\/\./.test(ref) || ref === '@' || ref === 'HEAD';
  return bad ? 'is not the name of a branch, tag or commit' : undefined;
}

function mistake(path: Path, message: string, hint?: string): ParsedChart {
  return { kind: 'mistake', path, message, ...(hint === undefined ? {} : { hint }) };
}
