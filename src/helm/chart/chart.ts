import type { ByteString } from '../bytes.ts';
import type { GoMap, Value } from '../value.ts';

/** A file of a chart; the name is relative to the chart, both are byte strings. */
export interface ChartFile {
  readonly name: ByteString;
  readonly data: ByteString;
}

export interface Maintainer {
  name: ByteString;
  email: ByteString;
  url: ByteString;
}

/** An entry of `dependencies`. Written to while dependencies are processed, as Helm does. */
export interface Dependency {
  name: ByteString;
  version: ByteString;
  repository: ByteString;
  condition: ByteString;
  tags: readonly ByteString[] | undefined;
  enabled: boolean;
  importValues: readonly Value[] | undefined;
  alias: ByteString;
}

/** `Chart.yaml`. Empty strings and `undefined` lists are what Go holds for fields that were left out. */
export interface Metadata {
  name: ByteString;
  home: ByteString;
  sources: readonly ByteString[] | undefined;
  version: ByteString;
  description: ByteString;
  keywords: readonly ByteString[] | undefined;
  maintainers: readonly (Maintainer | null)[] | undefined;
  icon: ByteString;
  apiVersion: ByteString;
  condition: ByteString;
  tags: ByteString;
  appVersion: ByteString;
  deprecated: boolean;
  annotations: ReadonlyMap<ByteString, ByteString> | undefined;
  kubeVersion: ByteString;
  dependencies: readonly (Dependency | null)[] | undefined;
  type: ByteString;
}

/**
 * A loaded chart with its subcharts. Processing dependencies rewrites it (aliases rename, disabled subcharts go,
 * imported values become defaults), so a chart is loaded anew for every rendering.
 */
export interface Chart {
  metadata: Metadata;
  templates: readonly ChartFile[];
  /** What `.Files` holds: everything that is no template, subchart, values or metadata file. */
  files: readonly ChartFile[];
  /** The defaults; null when the chart has no values.yaml. */
  values: GoMap | null;
  /** The text of values.yaml, to say where a value stands. */
  readonly valuesText: ByteString | undefined;
  readonly schema: ByteString | undefined;
  parent: Chart | undefined;
  dependencies: readonly Chart[];
  /** Where the chart lies in the files that were given, e.g. `charts/common/`; empty for the root. For messages. */
  readonly location: string;
}

/** The path that names a chart in rendered output: `shop/charts/redis`. */
export function chartPath(chart: Chart): ByteString {
  return chart.parent === undefined ? chart.metadata.name : `${chartPath(chart.parent)}/charts/${chart.metadata.name}`;
}

/** Replaces the subcharts and makes this chart their parent. */
export function setDependencies(chart: Chart, dependencies: readonly Chart[]): void {
  chart.dependencies = dependencies;
  for (const dependency of dependencies) dependency.parent = chart;
}

export function isLibrary(chart: Chart): boolean {
  return chart.metadata.type.toLowerCase() === 'library';
}
