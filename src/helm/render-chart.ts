import type { YamlPath } from '../yaml/index.ts';
import { type Assembled, assemble, type Hook, type HookEvent, type Manifest } from './assemble.ts';
import { type ByteString, fromText, toBytes, toText } from './bytes.ts';
import type { ArchiveLimits } from './chart/archive.ts';
import { capabilitiesFor } from './chart/capabilities.ts';
import { type Chart, isLibrary } from './chart/chart.ts';
import { coalesceValues } from './chart/coalesce.ts';
import { checkDependencies, processDependencies } from './chart/dependencies.ts';
import { type ChartSource, loadChart } from './chart/load.ts';
import { releaseObject } from './chart/release-object.ts';
import { checkSchemas } from './chart/schema.ts';
import { type ChartTemplate, chartTemplates } from './chart/templates.ts';
import { userValues, type ValueOptions } from './chart/values.ts';
import { inRange } from './chart/version-range.ts';
import type { DrawLog, Draws } from './draws.ts';
import { explainTemplateError } from './explain-error.ts';
import { explainObject, type FieldOrigin } from './explain-object.ts';
import { helmFunctions } from './functions/index.ts';
import { HelmError } from './helm-error.ts';
import { type CrdFile, crdFiles, printRelease, printUnsorted, section } from './print.ts';
import { newestHelm, type Profile, profileOf } from './profile.ts';
import { Provenance } from './provenance/explain.ts';
import { checkReleaseName } from './release-name.ts';
import { renderTemplates, renderText, type World } from './render-templates.ts';
import { Trace } from './template/trace.ts';
import type { GoMap } from './value.ts';
import { ValueSources } from './value-sources.ts';

export type { World } from './render-templates.ts';

export interface ReleaseOptions {
  readonly name: string;
  readonly namespace: string;
  readonly isUpgrade?: boolean;
  /** Default 1, as `helm template` says. */
  readonly revision?: number;
}

export interface RenderOptions {
  /** Which release of Helm to be; default the newest known. */
  readonly helm?: string;
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[];
  /** The cluster's whole list, where one was asked; `apiVersions` is then not used. */
  readonly clusterApiVersions?: readonly string[];
  readonly includeCrds?: boolean;
  readonly schema?: 'check' | 'skip';
  /** Which hooks are printed; `hooks` of the result always has all. */
  readonly hooks?: 'all' | 'without-tests' | 'none';
  readonly showOnly?: readonly string[];
  readonly archiveLimits?: ArchiveLimits;
}

export interface RenderRequest {
  readonly source: ChartSource;
  readonly values: ValueOptions;
  readonly release: ReleaseOptions;
  readonly options?: RenderOptions;
  readonly world: World;
  /** Records where everything comes from, for `explain`. The output is the same, and takes up to half as long again. */
  readonly provenance?: 'record';
  /** What random functions and the clock give; left out, they draw and read the clock. */
  readonly draws?: Draws;
  /** Told what Helm would write to standard error without failing. */
  readonly warn?: (message: string) => void;
}

/** A rendered object. `content` is the text below its `# Source:` line. */
export interface RenderedObject {
  /** `shop/templates/deployment.yaml` */
  readonly path: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly content: string;
}

export interface RenderedHook extends RenderedObject {
  readonly events: readonly HookEvent[];
  readonly weight: number;
  readonly deletePolicies: readonly string[];
  readonly outputLogPolicies: readonly string[];
}

export interface RenderedChart {
  readonly chart: { readonly name: string; readonly version: string; readonly appVersion: string };
  /** In the order Helm installs them. */
  readonly objects: readonly RenderedObject[];
  readonly hooks: readonly RenderedHook[];
  /** Files of `crds` folders, always; whether they are printed is an option. */
  readonly crds: readonly { readonly path: string; readonly content: string }[];
  readonly notes: string;
  /** What was drawn, where `draws` was given. */
  readonly drawn: DrawLog | undefined;
  /** Exactly what `helm template` would write to standard output. */
  printed(): Uint8Array;
  /**
   * Why a field of one of `objects` or `hooks` is what it is: template, values, conditions. Undefined when there is no
   * such field. Present when the provenance was recorded.
   */
  readonly explain?: (object: RenderedObject, path: YamlPath) => FieldOrigin | undefined;
  /** The same by file, as `--output-dir` writes it: several pieces of one path follow each other. */
  printedFiles(): readonly PrintedFile[];
}

export interface PrintedFile {
  readonly path: string;
  readonly kind: 'crd' | 'manifest' | 'hook';
  readonly content: Uint8Array;
}

/**
 * The text of a template outside any chart, with all functions: `--name-template`. Throws `HelmError`.
 */
export function renderName(text: string, world: World, helm?: string): string {
  try {
    return renderText(text, requiredProfile(helm), world);
  } catch (error) {
    throw explainTemplateError(error, { templates: [], files: [] });
  }
}

/**
 * Renders a chart as `helm template` does. Throws `HelmError` for whatever chart, values or options do wrong. The chart
 * is read anew each time: processing its dependencies rewrites it.
 */
export function renderChart(request: RenderRequest): RenderedChart {
  const options = request.options ?? {};
  const profile = requiredProfile(options.helm);
  const warn = request.warn ?? (() => {});
  const values = userValues(request.values, profile);
  const limits = options.archiveLimits === undefined ? {} : { limits: options.archiveLimits };
  const chart = loadChart(request.source, { profile, warn, ...limits });
  const { rendered, drawn, provenance } = renderLoaded(chart, values, request, profile, warn);
  const assembled = assembleOrShow(rendered, chart, { profile, warn, showOnly: options.showOnly ?? [] });
  const plain = { ...result(chart, assembled, options, profile), drawn };
  if (provenance === undefined) return plain;
  const recorded = { provenance, rendered, sources: new ValueSources(chart, request.values) };
  const manifests = [...assembled.manifests, ...assembled.hooks];
  return {
    ...plain,
    explain: ({ path: file, content }, path) => {
      const [path8, content8] = [fromText(file), fromText(content)];
      const manifest = manifests.find((one) => one.path === path8 && one.content === content8);
      return manifest === undefined ? undefined : explainObject(recorded, manifest, path);
    },
  };
}

/** What cannot be sorted into objects is kept with the error, for whoever wants to see it. */
function assembleOrShow(
  rendered: ReadonlyMap<ByteString, ByteString>,
  chart: Chart,
  options: {
    readonly profile: Profile;
    readonly warn: (message: string) => void;
    readonly showOnly: readonly string[];
  },
): Assembled {
  const { profile, warn, showOnly } = options;
  try {
    return assemble(rendered, chart, profile, warn);
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    const { message, cause } = error;
    throw new HelmError({
      ...error,
      message,
      cause,
      rendered: () => toBytes(printUnsorted(rendered, showOnly, profile)),
    });
  }
}

function requiredProfile(version: string = newestHelm): Profile {
  const profile = profileOf(version);
  if (profile !== undefined) return profile;
  throw new HelmError({ stage: 'options', message: `Helm ${version} is not known; known are 3.19.0 to ${newestHelm}` });
}

function renderLoaded(
  chart: Chart,
  values: GoMap,
  request: RenderRequest,
  profile: Profile,
  warn: (message: string) => void,
): Executed {
  const { release, options = {} } = request;
  const capabilities = capabilitiesFor(options, profile);
  if (isLibrary(chart)) throw new HelmError({ stage: 'chart', message: 'library charts are not installable' });
  if (chart.metadata.deprecated) warn('this chart is deprecated');
  checkDependencies(chart, profile);
  checkReleaseName(release.name, profile);
  processDependencies(chart, values, { profile, warn });
  const coalesced = coalesceValues(chart, values, { nils: 'drop', rule: profile.nil, warn });
  if (options.schema !== 'skip') checkSchemas(chart, coalesced, warn);
  const { kubeVersion } = chart.metadata;
  if (kubeVersion !== '' && !inRange(kubeVersion, capabilities.kubeVersion)) {
    throw new HelmError({
      stage: 'kube-version',
      message: `chart requires kubeVersion: ${toText(kubeVersion)} which is incompatible with Kubernetes ${capabilities.kubeVersionAsGiven}`,
    });
  }
  const objects = {
    release: releaseObject({
      name: fromText(release.name),
      namespace: fromText(release.namespace),
      isUpgrade: release.isUpgrade ?? false,
      revision: release.revision ?? 1,
    }),
    capabilities: capabilities.value,
  };
  const templates = chartTemplates(chart, coalesced, objects, profile);
  if (request.provenance === undefined) return { ...execute(templates, profile, request), provenance: undefined };
  const trace = new Trace();
  const executed = execute(templates, profile, request, trace);
  const functions = helmFunctions(profile);
  const provenance = new Provenance(trace, {
    roots: [['Values', coalesced], ...templates.flatMap(({ data }) => [...data.entries])],
    tops: templates.map(({ data }) => data),
    isVarying: (name) => functions.get(name)?.varies !== undefined,
  });
  return { ...executed, provenance };
}

interface Executed {
  readonly rendered: ReadonlyMap<ByteString, ByteString>;
  readonly drawn: DrawLog | undefined;
  readonly provenance: Provenance | undefined;
}

function execute(
  templates: readonly ChartTemplate[],
  profile: Profile,
  request: RenderRequest,
  trace?: Trace,
): Omit<Executed, 'provenance'> {
  try {
    const { files, drawn } = renderTemplates(templates, profile, request.world, { trace, draws: request.draws });
    return { rendered: files, drawn };
  } catch (error) {
    throw explainTemplateError(error, { templates, files: request.values.files ?? [] });
  }
}

function result(
  chart: Chart,
  assembled: Assembled,
  options: RenderOptions,
  profile: Profile,
): Omit<RenderedChart, 'drawn'> {
  const { metadata } = chart;
  const crds = crdFiles(chart);
  const printedCrds = options.includeCrds === true ? crds : [];
  const hooks = options.hooks ?? 'all';
  const printedHooks = assembled.hooks.filter(
    (hook) => hooks === 'all' || (hooks === 'without-tests' && !hook.events.includes('test')),
  );
  return {
    chart: { name: toText(metadata.name), version: toText(metadata.version), appVersion: toText(metadata.appVersion) },
    objects: assembled.manifests.map(objectOf),
    hooks: assembled.hooks.map(hookOf),
    crds: crds.map(({ path, content }) => ({ path: toText(path), content: toText(content) })),
    notes: toText(assembled.notes),
    printed: () =>
      toBytes(
        printRelease(
          { crds: printedCrds, manifests: assembled.manifests, hooks: printedHooks },
          options.showOnly ?? [],
          profile,
        ),
      ),
    printedFiles: () => [
      ...printedCrds.map((file) => fileOf(file, 'crd')),
      ...assembled.manifests.map((file) => fileOf(file, 'manifest')),
      ...printedHooks.map((file) => fileOf(file, 'hook')),
    ],
  };
}

function objectOf(manifest: Manifest): RenderedObject {
  return {
    path: toText(manifest.path),
    kind: toText(manifest.kind),
    apiVersion: toText(manifest.apiVersion),
    name: toText(manifest.name),
    content: toText(manifest.content),
  };
}

function hookOf(hook: Hook): RenderedHook {
  const { events, weight, deletePolicies, outputLogPolicies } = hook;
  return { ...objectOf(hook), events, weight, deletePolicies, outputLogPolicies };
}

function fileOf(file: CrdFile | Manifest, kind: PrintedFile['kind']): PrintedFile {
  return { path: toText(file.path), kind, content: toBytes(section(file)) };
}
