/** The releases of one environment as they are there: overrides applied, `{environment}` replaced, in order of `needs`. */
import { nearest, Problem } from '../problem.ts';
import { withVersion } from './chart-reference.ts';
import type { ChartReference, Config, Environment, Release, ReleaseOverride, ResolvedRelease } from './config.ts';
import { matchesAnyGlob } from './glob.ts';
import { orderByNeeds } from './order.ts';
import { usesEnvironment, withEnvironment } from './path.ts';
import { parseValuePath, touches } from './value-path.ts';

/** Throws Problem `usage` when there is no such environment. */
export function environmentOf(config: Config, name: string): Environment {
  const environment = config.environments.find((candidate) => candidate.name === name);
  if (environment !== undefined) return environment;
  const names = config.environments.map((candidate) => candidate.name);
  const near = nearest(name, names);
  throw new Problem({
    reason: 'usage',
    message: `${config.file === '' ? 'a chart named on the command line' : config.file} has no environment "${name}"`,
    hint: near === undefined ? `It has: ${names.join(', ') || 'none'}.` : `Did you mean "${near}"?`,
  });
}

/**
 * Throws Problem `usage` where a name is no release: neither of a configuration, in whatever environment, nor applied
 * (`others`). Such a name is a slip, and must not pass for "nothing to do".
 */
export function refuseUnknownReleases(
  named: readonly string[],
  { configs, others }: { readonly configs: readonly [Config, ...Config[]]; readonly others: readonly string[] },
): void {
  const known = [
    ...new Set([...configs.flatMap(({ releases }) => releases.map((release) => release.name)), ...others]),
  ];
  const unknown = named.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new Problem({
    reason: 'usage',
    message: `there is no release "${unknown}", neither in ${configs[0].file} nor applied`,
    hint: near === undefined ? `There are: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`,
  });
}

/**
 * What a release needs stands before it. A need that does not live in this environment is no need here: the same
 * database may be a release in one place and a service of the provider in another.
 */
export function resolveReleases(config: Config, environmentName: string): readonly ResolvedRelease[] {
  const known = resolvedBefore.get(config) ?? new Map<string, readonly ResolvedRelease[]>();
  resolvedBefore.set(config, known);
  const releases = known.get(environmentName) ?? resolveAnew(config, environmentName);
  known.set(environmentName, releases);
  return releases;
}

/** Asked for each release in turn, and the answer is the same as long as the configuration is. */
const resolvedBefore = new WeakMap<Config, Map<string, readonly ResolvedRelease[]>>();

function resolveAnew(config: Config, environmentName: string): readonly ResolvedRelease[] {
  const environment = environmentOf(config, environmentName);
  const here = new Set(environment.releases);
  const releases = config.releases.filter(({ name }) => here.has(name));
  const needs = new Map(releases.map((release) => [release.name, release.needs.filter((name) => here.has(name))]));
  const resolved = new Map(releases.map((release) => [release.name, resolveRelease(release, environment)]));
  return orderByNeeds(needs).flatMap((name) => {
    const release = resolved.get(name);
    return release === undefined ? [] : [{ ...release, needs: needs.get(name) ?? [] }];
  });
}

/** Whether the environment takes releases from this branch. */
export function mayApplyFrom(environment: Pick<Environment, 'refs'>, branch: string): boolean {
  return matchesAnyGlob(environment.refs, branch);
}

/** Whether the environment lets releases write to this namespace. */
export function mayWriteTo(environment: Pick<Environment, 'namespaces'>, namespace: string): boolean {
  return environment.namespaces === undefined || matchesAnyGlob(environment.namespaces, namespace);
}

function resolveRelease(release: Release, environment: Environment): ResolvedRelease {
  const override = environment.overrides[release.name] ?? {};
  const files = [...release.values, ...(override.values ?? [])];
  return {
    name: release.name,
    environment: environment.name,
    namespace: withEnvironment(override.namespace ?? release.namespace, environment.name),
    chart: resolveChart(release.chart, override.version, environment.name),
    values: files.map((file) => ({ path: withEnvironment(file, environment.name), optional: usesEnvironment(file) })),
    ...mergeSettings(release, override),
    needs: release.needs,
    helm: release.helm,
  };
}

function resolveChart(chart: ChartReference, version: string | undefined, environment: string): ChartReference {
  if (version !== undefined) {
    const chosen = withVersion(chart, version);
    if (chosen.kind === 'mistake') throw new Problem({ reason: 'config-invalid', message: chosen.message });
    return chosen.chart;
  }
  if (chart.kind === 'path' || chart.kind === 'git')
    return { ...chart, path: withEnvironment(chart.path, environment) };
  return chart;
}

type Settings = Pick<Release, 'set' | 'late' | 'secrets'>;

/** What the environment sets replaces what the release sets at the same path, whatever kind of setting that was. */
function mergeSettings(release: Settings, override: ReleaseOverride): Settings {
  const overridden = [override.set, override.late, override.secrets].flatMap((section) => Object.keys(section ?? {}));
  return {
    set: { ...without(release.set, overridden), ...override.set },
    late: { ...without(release.late, overridden), ...override.late },
    secrets: { ...without(release.secrets, overridden), ...override.secrets },
  };
}

function without<T>(section: Readonly<Record<string, T>>, overridden: readonly string[]): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(section).filter(([path]) => !overridden.some((other) => samePlace(path, other))),
  );
}

function samePlace(a: string, b: string): boolean {
  const [first, second] = [parseValuePath(a), parseValuePath(b)];
  // A path inside an overridden one goes with it; one above it stays, and is set before it.
  return (
    first.kind === 'path' &&
    second.kind === 'path' &&
    first.path.length >= second.path.length &&
    touches(first.path, second.path)
  );
}
