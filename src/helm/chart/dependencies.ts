import { fromText, toText } from '../bytes.ts';
import { HelmError } from '../helm-error.ts';
import type { Profile } from '../profile.ts';
import { dictOf, GoMap, types, type Value } from '../value.ts';
import { type Chart, type Dependency, type Metadata, setDependencies } from './chart.ts';
import { type CoalesceOptions, coalesceTables, coalesceValues, copyMap } from './coalesce.ts';
import { inRange } from './version-range.ts';

export interface DependencyOptions {
  readonly profile: Profile;
  readonly warn: (message: string) => void;
}

/** Every entry of the root's `dependencies` must have a chart of that name; versions do not matter here, as in Helm. */
export function checkDependencies(chart: Chart, profile: Profile): void {
  const present = new Set(chart.dependencies.map((subchart) => subchart.metadata.name));
  const missing = listed(chart.metadata)
    .map((dependency) => dependency.name)
    .filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const names = missing.map(toText).join(', ');
  const advice =
    profile.major === 3
      ? 'An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies'
      : "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies";
  throw new HelmError({
    stage: 'dependencies',
    message: `${advice}: found in Chart.yaml, but missing in charts/ directory: ${names}`,
  });
}

/**
 * Applies `dependencies` of Chart.yaml in Helm's order: aliases and versions, then which subcharts are enabled by tags
 * and conditions, then `import-values`. Rewrites the chart.
 */
export function processDependencies(chart: Chart, values: GoMap, options: DependencyOptions): void {
  try {
    enableDependencies(chart, values, '', options);
    importAllValues(chart, options);
  } catch (error) {
    // Helm 3 says only what went wrong.
    if (!(error instanceof HelmError) || options.profile.major === 3) throw error;
    const message = `chart dependencies processing failed: ${error.message}`;
    throw new HelmError({ ...error, stage: 'dependencies', message, cause: error });
  }
}

function enableDependencies(chart: Chart, values: GoMap, path: string, options: DependencyOptions): void {
  if (chart.metadata.dependencies === undefined) return;
  const entries = listed(chart.metadata);
  const unlisted = chart.dependencies.filter(
    (subchart) =>
      !entries.some(
        (entry) => entry.name === subchart.metadata.name && inRange(entry.version, subchart.metadata.version),
      ),
  );
  const chosen: Chart[] = [...unlisted];
  for (const entry of entries) {
    const found = chartFor(entry, chart.dependencies, options.profile);
    if (found !== undefined) chosen.push(found);
    if (entry.alias !== '') entry.name = entry.alias;
  }
  setDependencies(chart, chosen);

  for (const entry of entries) entry.enabled = true;
  const joined = coalesceValues(chart, values, { nils: 'drop', rule: options.profile.nil, warn: options.warn });
  applyTags(entries, joined, options);
  for (const entry of entries) applyCondition(entry, joined, path, options);

  const disabled = new Set(entries.filter((entry) => !entry.enabled).map((entry) => entry.name));
  const kept = chosen.filter((subchart) => !disabled.has(subchart.metadata.name));
  for (const subchart of kept) {
    enableDependencies(subchart, joined, `${path}${toText(subchart.metadata.name)}.`, options);
  }
  const enabled = entries.filter((entry) => !disabled.has(entry.name));
  chart.metadata.dependencies = enabled.length === 0 ? undefined : enabled;
  setDependencies(chart, kept);
}

/** A copy of the first loaded chart that answers to an entry, under its alias; undefined when none does. */
function chartFor(entry: Dependency, charts: readonly Chart[], profile: Profile): Chart | undefined {
  const found = charts.find(
    (chart) => chart.metadata.name === entry.name && inRange(entry.version, chart.metadata.version),
  );
  if (found === undefined) return undefined;
  const copy: Chart = { ...found, metadata: copyMetadata(found.metadata, profile) };
  if (profile.major === 4) {
    setDependencies(
      copy,
      found.dependencies.map((subchart) => ({ ...subchart })),
    );
  }
  if (entry.alias !== '') copy.metadata.name = entry.alias;
  return copy;
}

/** Helm 3 shares the entries of `dependencies` between all copies of a chart, Helm 4 gives each its own. */
function copyMetadata(metadata: Metadata, profile: Profile): Metadata {
  if (profile.major === 3 || metadata.dependencies === undefined) return { ...metadata };
  return { ...metadata, dependencies: metadata.dependencies.map((entry) => (entry === null ? null : { ...entry })) };
}

function applyTags(entries: readonly Dependency[], values: GoMap, options: DependencyOptions): void {
  const tags = tableAt(values, 'tags');
  if (tags === undefined) return;
  for (const entry of entries) {
    const answers = (entry.tags ?? []).flatMap((tag) => {
      const answer = tags.entries.get(tag);
      if (answer === undefined) return [];
      if (typeof answer === 'boolean') return [answer];
      options.warn(`returned non-bool value tag=${toText(tag)} chart=${toText(entry.name)}`);
      return [];
    });
    entry.enabled = answers.includes(true) || !answers.includes(false);
  }
}

/** The first path of a condition that leads to a boolean decides. Only the whole text is trimmed, not each path. */
function applyCondition(entry: Dependency, values: GoMap, path: string, options: DependencyOptions): void {
  for (const condition of toText(entry.condition).trim().split(',')) {
    if (condition === '') continue;
    const answer = scalarAt(values, path + condition);
    if (typeof answer === 'boolean') {
      entry.enabled = answer;
      return;
    }
    if (answer !== undefined) options.warn(`returned non-bool value path=${condition} chart=${toText(entry.name)}`);
  }
}

/** Children first, so that values travel up more than one level. */
function importAllValues(chart: Chart, options: DependencyOptions): void {
  for (const subchart of chart.dependencies) importAllValues(subchart, options);
  importValues(chart, options);
}

function importValues(chart: Chart, options: DependencyOptions): void {
  if (chart.metadata.dependencies === undefined) return;
  const keep: CoalesceOptions = { nils: 'keep', rule: options.profile.nil, warn: options.warn };
  const values = coalesceValues(chart, dictOf(), keep);
  // Tables are taken over by reference, so that two imports into one parent table also write into the first child's.
  let imported = dictOf();
  for (const entry of listed(chart.metadata)) {
    const imports = (entry.importValues ?? []).flatMap((item) => importPaths(item) ?? []);
    // Templates see the long form of every import in .Chart.Dependencies.
    if (imports.length > 0) entry.importValues = imports.map(importObject);
    else entry.importValues = undefined;
    for (const paths of imports) {
      const table = tableAt(values, `${toText(entry.name)}.${paths.child}`);
      if (table === undefined) {
        options.warn(`ImportValues missing table from chart chart=${toText(entry.name)} path=${paths.child}`);
        continue;
      }
      imported = coalesceTables(imported, nested(paths.parent, table), keep);
    }
  }
  chart.values = coalesceTables(copyMap(values), imported, keep);
}

interface ImportPaths {
  readonly child: string;
  readonly parent: string;
}

function importObject({ child, parent }: ImportPaths): Value {
  return new GoMap(
    types.stringMap,
    new Map([
      ['child', fromText(child)],
      ['parent', fromText(parent)],
    ]),
  );
}

function importPaths(item: Value): ImportPaths | undefined {
  if (typeof item === 'string') return { child: `exports.${toText(item)}`, parent: '.' };
  // What an import became when it was done; Helm 3 comes by again where two copies of a chart share it, and passes over.
  if (!(item instanceof GoMap) || item.type === types.stringMap) return undefined;
  return { child: pathText(item.entries.get('child')), parent: pathText(item.entries.get('parent')) };
}

/** Go's `%v` of what should be a path. */
function pathText(value: Value | undefined): string {
  return typeof value === 'string' ? toText(value) : value === undefined || value === null ? '<nil>' : String(value);
}

/** The table wrapped into tables, so that it lies at the path; `.` is the top. */
function nested(path: string, table: GoMap): GoMap {
  if (path === '.') return table;
  return path.split('.').reduceRight((inner, key) => dictOf([[fromText(key), inner]]), table);
}

/** The table at a dotted path, or undefined. */
export function tableAt(values: GoMap, path: string): GoMap | undefined {
  let table = values;
  for (const key of path.split('.')) {
    const next = table.entries.get(fromText(key));
    if (!(next instanceof GoMap)) return undefined;
    table = next;
  }
  return table;
}

/** The value at a dotted path, unless it is a table or not there. */
function scalarAt(values: GoMap, path: string): Value | undefined {
  const dot = path.lastIndexOf('.');
  const table = dot < 0 ? values : tableAt(values, path.slice(0, dot));
  const value = table?.entries.get(fromText(path.slice(dot + 1)));
  return value instanceof GoMap ? undefined : value;
}

function listed(metadata: Metadata): readonly Dependency[] {
  return (metadata.dependencies ?? []).filter((entry) => entry !== null);
}
