/** What rendering takes and gives. */
import type { ResolvedRelease } from '../config/config.ts';
import type { DrawLog, Draws } from '../helm/index.ts';
import type { JsonObject, Resource } from '../resource/resource.ts';
import type { Scope } from '../resource/scope.ts';

/** Contents by path with `/`, of a repository, a folder or a packed chart. */
export type FileMap = ReadonlyMap<string, Uint8Array>;

/** A chart among files. */
export interface ChartFiles {
  readonly files: FileMap;
  /** Folder or file of the chart among them; `.` for all of them. */
  readonly path: string;
  /** How people call the place of `files`, e.g. `oci://ghcr.io/mygoodies/catalog:1.2.0`; '' for the repository itself. */
  readonly origin: string;
}

export interface RenderOptions {
  readonly release: ResolvedRelease;
  /** Files of the repository: values files, and the chart when it is one of its paths. */
  readonly repository: FileMap;
  /** Files of a chart that does not come from the repository. */
  readonly chart?: ChartFiles | undefined;
  /** At `apply` every late value and secret must be there; a plan may do without them. */
  readonly phase: 'plan' | 'apply';
  /** `record`: remember where every field comes from, for Helm charts. It costs time. */
  readonly origins?: 'record' | undefined;
  /** What random functions of Helm charts give; without it they draw. */
  readonly draws?: Draws | undefined;
  /** Environment variables, of which only the named ones are read. */
  readonly env: (name: string) => string | undefined;
  /** What the cluster knows about the scope of kinds; without it only the built-in ones and those rendered are known. */
  readonly scope?: ((apiVersion: string, kind: string) => Scope | undefined) | undefined;
}

export interface Rendered {
  /** The Helm chart that it came from; undefined for every other kind of chart. */
  readonly helmChart: HelmChart | undefined;
  /** The values that a Helm chart was given, without those of secret variables: for Helm's record. */
  readonly supplied?: JsonObject | undefined;
  /** What its chart drew, where `draws` was given. */
  readonly drawn: DrawLog | undefined;
  /** Objects to keep applied, in the order in which they were written. */
  readonly objects: readonly RenderedObject[];
  /** Helm hooks: objects that are run at moments of an apply, and are not part of what is kept. */
  readonly hooks: readonly RenderedHook[];
  /** What a reader must know: a values file that was not there, a value that is bound at apply. */
  readonly notices: readonly string[];
  /** Values that must never be shown, longest first; whoever prints anything masks them. */
  readonly secrets: readonly string[];
}

export interface HelmChart {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
}

export interface RenderedObject {
  readonly resource: Resource;
  /** Template or manifest that it was written in, as people find it. */
  readonly source: string;
  /** Where a field comes from, as `values/catalog.yaml:9 → charts/catalog/templates/deployment.yaml:18`. */
  readonly origin?: ((path: FieldPath) => string | undefined) | undefined;
  /** All that is known of a field, a line each. */
  readonly explain?: ((path: FieldPath) => readonly string[] | undefined) | undefined;
}

export interface RenderedHook extends RenderedObject {
  readonly hook: Hook;
}

export interface Hook {
  /** `pre-install`, `post-upgrade`, `test` … as Helm knows them. */
  readonly events: readonly string[];
  readonly weight: number;
  /** `before-hook-creation`, `hook-succeeded`, `hook-failed`. */
  readonly deletePolicies: readonly string[];
}

/** One text of YAML documents, from a file or out of a template. */
export interface RenderedText {
  readonly source: string;
  readonly text: string;
  /** Lines of `text` are lines of `source`; otherwise the text came out of a template. */
  readonly verbatim: boolean;
  /** What Helm says about a hook; undefined for texts of objects that are kept. */
  readonly hook?: Hook | undefined;
  /** Where a field of the text's one object comes from; absent where that was not recorded. */
  readonly origin?: RenderedObject['origin'];
  readonly explain?: RenderedObject['explain'];
}

/** Keys and indexes down to a field. */
export type FieldPath = readonly (string | number)[];

/** How people find a file of a chart. */
export function placeOf(chart: ChartFiles, file: string): string {
  if (chart.origin === '') return file;
  return file === '.' ? chart.origin : `${chart.origin}/${file}`;
}
