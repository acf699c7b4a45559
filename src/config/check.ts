/** What the parts of a configuration say about each other: names that must exist, must be unique, must not form a circle. */
import { nearest } from '../problem.ts';
import { withVersion } from './chart-reference.ts';
import type { Environment, Release } from './config.ts';
import { type ConfigDocument, placeIn } from './document.ts';
import { circles, formatCircle } from './order.ts';
import { onKey, wrong } from './release.ts';
import type { Mistake, Path } from './shape.ts';
import type { RawFile, Written } from './written.ts';

interface Placed {
  readonly document: ConfigDocument;
  readonly mistake: Mistake;
}

/** Every mistake, with the file and path of the value that is to be mended. */
export function checkReferences(parts: {
  readonly rawFiles: readonly RawFile[];
  readonly releases: readonly Written<Release>[];
  readonly environments: readonly Written<Environment>[];
}): readonly Placed[] {
  const { rawFiles, releases, environments } = parts;
  return [
    ...duplicateReleases(rawFiles),
    ...duplicateEnvironments(rawFiles),
    ...unknownNames(rawFiles),
    ...circlesOfReleases(rawFiles),
    ...circlesOfEnvironments(rawFiles),
    ...versionsOfOverrides(releases, environments),
    ...sharedBranches(environments),
  ];
}

function duplicateReleases(rawFiles: readonly RawFile[]): readonly Placed[] {
  const first = new Map<string, string>();
  const found: Placed[] = [];
  for (const { document, raw } of rawFiles) {
    for (const [index, { name }] of (raw.releases ?? []).entries()) {
      const path = ['releases', index, 'name'];
      const before = first.get(name);
      if (before === undefined) first.set(name, placeIn(document, path));
      else found.push({ document, mistake: wrong(path, `release "${name}" is there twice, first at ${before}`) });
    }
  }
  return found;
}

/** Within one file the reader of YAML refuses a second key of the same name; this is about two files. */
function duplicateEnvironments(rawFiles: readonly RawFile[]): readonly Placed[] {
  const first = new Map<string, string>();
  const found: Placed[] = [];
  for (const { document, raw } of rawFiles) {
    for (const name of Object.keys(raw.environments ?? {})) {
      const path = ['environments', name];
      const before = first.get(name);
      if (before === undefined) first.set(name, placeIn(document, path));
      else found.push({ document, mistake: onKey(path, `environment "${name}" is there twice, first at ${before}`) });
    }
  }
  return found;
}

function unknownNames(rawFiles: readonly RawFile[]): readonly Placed[] {
  const releases = rawFiles.flatMap(({ raw }) => (raw.releases ?? []).map(({ name }) => name));
  const environments = rawFiles.flatMap(({ raw }) => Object.keys(raw.environments ?? {}));
  const found: Placed[] = [];
  for (const { document, raw } of rawFiles) {
    const check = (name: string, known: readonly string[], what: string, path: Path, on: 'key' | 'value') => {
      if (known.includes(name)) return;
      const near = nearest(name, known);
      const hint =
        near === undefined ? `Known are: ${[...new Set(known)].join(', ') || 'none'}.` : `Did you mean "${near}"?`;
      found.push({ document, mistake: { path, on, message: `there is no ${what} "${name}"`, hint } });
    };
    for (const [index, release] of (raw.releases ?? []).entries()) {
      for (const [at, name] of (release.needs ?? []).entries()) {
        check(name, releases, 'release', ['releases', index, 'needs', at], 'value');
      }
    }
    for (const [name, environment] of Object.entries(raw.environments ?? {})) {
      const path = ['environments', name];
      for (const [at, release] of (environment.releases ?? []).entries()) {
        check(release, releases, 'release', [...path, 'releases', at], 'value');
      }
      for (const release of Object.keys(environment.overrides ?? {})) {
        const at = [...path, 'overrides', release];
        check(release, releases, 'release', at, 'key');
        if (releases.includes(release) && environment.releases?.includes(release) === false) {
          const message = `overrides has "${release}", which is not among the releases of ${name}`;
          found.push({ document, mistake: onKey(at, message) });
        }
      }
      for (const [at, earlier] of (environment.after ?? []).entries()) {
        check(earlier, environments, 'environment', [...path, 'after', at], 'value');
      }
    }
  }
  return found;
}

function circlesOfReleases(rawFiles: readonly RawFile[]): readonly Placed[] {
  const written = rawFiles.flatMap(({ document, raw }) =>
    (raw.releases ?? []).map(({ name, needs = [] }, index) => ({ document, name, needs, path: ['releases', index] })),
  );
  return placedCircles(written, 'needs', 'releases need each other');
}

function circlesOfEnvironments(rawFiles: readonly RawFile[]): readonly Placed[] {
  const written = rawFiles.flatMap(({ document, raw }) =>
    Object.entries(raw.environments ?? {}).map(([name, { after = [] }]) => {
      return { document, name, needs: after, path: ['environments', name] };
    }),
  );
  return placedCircles(written, 'after', 'environments wait for each other');
}

interface Needing {
  readonly document: ConfigDocument;
  readonly name: string;
  readonly needs: readonly string[];
  readonly path: Path;
}

function placedCircles(written: readonly Needing[], key: string, message: string): readonly Placed[] {
  return circles(new Map(written.map(({ name, needs }) => [name, needs]))).flatMap((circle) => {
    const first = written.find(({ name }) => name === circle[0]);
    if (first === undefined) return [];
    return [{ document: first.document, mistake: onKey([...first.path, key], `${message}: ${formatCircle(circle)}`) }];
  });
}

function versionsOfOverrides(
  releases: readonly Written<Release>[],
  environments: readonly Written<Environment>[],
): readonly Placed[] {
  return environments.flatMap(({ value, document, path }) =>
    Object.entries(value.overrides).flatMap(([name, override]) => {
      const release = releases.find((candidate) => candidate.value.name === name)?.value;
      if (release === undefined || override.version === undefined) return [];
      const parsed = withVersion(release.chart, override.version);
      if (parsed.kind === 'chart') return [];
      return [{ document, mistake: wrong([...path, 'overrides', name, 'version'], parsed.message, parsed.hint) }];
    }),
  );
}

/** Two environments in one folder of one branch would delete each other's objects. */
function sharedBranches(environments: readonly Written<Environment>[]): readonly Placed[] {
  const first = new Map<string, string>();
  return environments.flatMap(({ value, document, path }) => {
    if (value.target.kind !== 'manifests') return [];
    const { repository, branch, path: folder } = value.target;
    const place = JSON.stringify([repository, branch, folder]);
    const other = first.get(place);
    if (other === undefined) {
      first.set(place, value.name);
      return [];
    }
    const message = `${value.name} and ${other} are the same folder of branch ${branch}, and would delete each other's objects`;
    return [{ document, mistake: wrong([...path, 'manifests', 'branch'], message) }];
  });
}
