/** Helm charts, rendered by the engine exactly as `helm template` would. */
import { randomBytes } from 'node:crypto';
import type { ResolvedRelease } from '../config/config.ts';
import type { ValuePath } from '../config/value-path.ts';
import {
  type DrawLog,
  type Draws,
  HelmError,
  type HelmStage,
  type RenderedChart,
  type RenderRequest,
  suppliedValues,
  type ValueOptions,
} from '../helm/index.ts';
import { excerptAt, Problem, type ReasonCode } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import { writeJson } from '../yaml/index.ts';
import { renderAnyDepth } from './any-depth.ts';
import { below, joined, relative } from './detect.ts';
import { explainLines, type HelmSources, originText, sourcePlace } from './helm-origin.ts';
import { type FileMap, type HelmChart, placeOf, type Rendered, type RenderedText } from './rendered.ts';
import type { Setting } from './settings.ts';

export interface RenderHelmOptions extends HelmSources {
  readonly release: ResolvedRelease;
  readonly settings: readonly Setting[];
  readonly origins?: 'record' | undefined;
  readonly draws?: Draws | undefined;
}

export interface RenderedHelm {
  readonly drawn: DrawLog | undefined;
  readonly helmChart: HelmChart;
  readonly supplied: NonNullable<Rendered['supplied']>;
  readonly texts: readonly RenderedText[];
  readonly notices: readonly string[];
}

/** Throws Problem `render-failed`, or `limit-exceeded` for a chart that asks for more than it may have. */
export async function renderHelm(options: RenderHelmOptions): Promise<RenderedHelm> {
  const { release } = options;
  const warnings: string[] = [];
  const asked = { random: false, lookup: false };
  const render = (draws: Draws | undefined): Promise<RenderedChart> =>
    renderAnyDepth({
      source: sourceOf(options),
      values: valuesOf(options),
      release: { name: release.name, namespace: release.namespace },
      options: {
        kubeVersion: release.helm.kubeVersion,
        apiVersions: release.helm.apiVersions,
        ...(release.helm.version === undefined ? {} : { helm: release.helm.version }),
      },
      world: {
        randomBytes: (count) => {
          asked.random = true;
          return randomBytes(count);
        },
        now: () => BigInt(Date.now()) * 1_000_000n,
        timeZone: 'UTC',
        lookup: () => {
          asked.lookup = true;
          return undefined;
        },
      },
      warn: (message) => warnings.push(message),
      ...(options.origins === undefined ? {} : { provenance: options.origins }),
      ...(draws === undefined ? {} : { draws }),
    });
  const rendered = await failing(options, () => withSignableAuthorities(options.draws, render));
  const notices = [
    ...warnings,
    ...(asked.random && options.draws === undefined
      ? ['its chart draws values at random, so they are new in every rendering']
      : []),
    ...(asked.lookup ? ['its chart looks for objects in the cluster (lookup), which a rendering never does'] : []),
  ];
  return {
    helmChart: rendered.chart,
    supplied: await failing(options, async () =>
      suppliedValues(valuesOf(withoutSecrets(options)), release.helm.version),
    ),
    drawn: rendered.drawn,
    texts: textsOf(options, rendered),
    notices: notices.map((notice) => `${release.name}: ${notice}`),
  };
}

/** Each round leaves out authorities that cannot sign, and there are only so many of them. */
async function withSignableAuthorities(
  draws: Draws | undefined,
  render: (draws: Draws | undefined) => Promise<RenderedChart>,
): Promise<RenderedChart> {
  const rendered = await render(draws);
  const { unsignable = [] } = rendered.drawn ?? {};
  if (draws?.kind !== 'bound' || unsignable.length === 0) return rendered;
  const values = new Map([...draws.values].filter(([id]) => !unsignable.includes(id)));
  return await withSignableAuthorities({ ...draws, values }, render);
}

/** Records are read by more people than CI variables. */
function withoutSecrets(options: RenderHelmOptions): RenderHelmOptions {
  return { ...options, settings: options.settings.filter(({ isSecret }) => isSecret !== true) };
}

function sourceOf(options: RenderHelmOptions): RenderRequest['source'] {
  const { chart, detected } = options;
  if (detected.kind === 'helm-archive') {
    return { kind: 'archive', data: chart.files.get(detected.file) ?? new Uint8Array() };
  }
  const { folder } = detected;
  const files: FileMap = new Map(
    below(chart.files, folder).map((file) => [relative(folder, file), chart.files.get(file) ?? new Uint8Array()]),
  );
  return { kind: 'folder', files };
}

function valuesOf(options: RenderHelmOptions): ValueOptions {
  const settings = options.settings.map(({ path, value }) => settingFlag(pathText(path), value));
  const flagsOf = (flag: Flag) => settings.filter((setting) => setting.flag === flag).map(({ text }) => text);
  return {
    files: options.values.map(({ path, text }) => ({ name: path, data: new TextEncoder().encode(text) })),
    setJson: flagsOf('setJson'),
    set: flagsOf('set'),
    setString: flagsOf('setString'),
  };
}

type Flag = 'setJson' | 'set' | 'setString';

/** The flag of Helm that gives a value its type: whole numbers are integers only by `--set`, as charts can see. */
function settingFlag(path: string, value: Json): { readonly flag: Flag; readonly text: string } {
  if (typeof value === 'string') return { flag: 'setString', text: `${path}=${value.replace(/[\\,{}]/g, '\\$&')}` };
  const typed =
    value === null || typeof value === 'boolean' || typeof value === 'bigint' || Number.isSafeInteger(value);
  return typed ? { flag: 'set', text: `${path}=${value}` } : { flag: 'setJson', text: `${path}=${writeJson(value)}` };
}

function pathText(path: ValuePath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const key = step.replace(/[\\.,=[\]{}]/g, '\\$&');
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function textsOf(options: RenderHelmOptions, rendered: RenderedChart): readonly RenderedText[] {
  const text = ({ path, content }: { readonly path: string; readonly content: string }): RenderedText => {
    return { source: sourcePlace(options, path), text: content, verbatim: false };
  };
  const explained = (object: RenderedChart['objects'][number]): RenderedText => {
    const { explain } = rendered;
    if (explain === undefined) return text(object);
    return {
      ...text(object),
      origin: (path) => originText(options, explain(object, path)?.value),
      explain: (path) => explainLines(options, explain(object, path)?.value),
    };
  };
  const definitions = options.release.helm.includeCrds ? rendered.crds.map(text) : [];
  const hooks = rendered.hooks.map((hook) => {
    const { events, weight, deletePolicies } = hook;
    return { ...explained(hook), hook: { events, weight, deletePolicies } };
  });
  return [...definitions, ...rendered.objects.map(explained), ...hooks];
}

async function failing<T>(options: RenderHelmOptions, render: () => Promise<T>): Promise<T> {
  try {
    return await render();
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    throw problemOfHelm(options, error);
  }
}

/** Mistakes of the configuration are the configuration's; limits have their own reason. */
const reasonOfStage: Readonly<Partial<Record<HelmStage, ReasonCode>>> = {
  limit: 'limit-exceeded',
  options: 'config-invalid',
};

function problemOfHelm(options: RenderHelmOptions, error: HelmError): Problem {
  const { release, chart, values } = options;
  const file = error.file === undefined ? placeOf(chart, chart.path) : fileOfError(options, error.file);
  const place = [file, error.line, error.line === undefined ? undefined : error.column];
  const isValuesFile = values.some(({ path }) => path === file);
  const shapeHint =
    isValuesFile && error.line === undefined ? 'A values file is a mapping of names to values.' : undefined;
  // A values file that is no YAML: the engine knows the line and says Helm's words, without the source.
  const sourceOf = (line: number | undefined): string | undefined => {
    const given = values.find(({ path }) => path === file)?.text;
    const text = given ?? new TextDecoder().decode(chart.files.get(file));
    return line === undefined ? undefined : excerptAt({ text, line, column: error.column });
  };
  return new Problem({
    reason: reasonOfStage[error.stage] ?? 'render-failed',
    message: `release ${release.name}: ${withoutPlace(error)}`,
    where: place.filter((part) => part !== undefined).join(':'),
    excerpt: error.excerpt ?? sourceOf(error.line),
    hint: error.hint === undefined ? shapeHint : inRepository(options, error.hint),
    cause: error,
  });
}

/** Helm 4 begins with the place, which stands above the message already, and counts its columns from zero. */
function withoutPlace({ message, line }: HelmError): string {
  return line === undefined ? message : message.replace(/^\S+:\d+:\d+\n\s*/, '');
}

/** The engine names the chart's own values files from the chart; people look from the repository. */
function inRepository({ chart, detected, values }: RenderHelmOptions, hint: string): string {
  if (detected.kind === 'helm-archive') return hint;
  return hint.replace(/\(((?:charts\/[^():]+\/)?values\.yaml):(\d+)\)/g, (found, file: string, line: string) => {
    if (values.some(({ path }) => path === file)) return found;
    return `(${placeOf(chart, joined(detected.folder, file))}:${line})`;
  });
}

/** The file is one of the chart, by either of its names, or a values file, which has its own. */
function fileOfError(options: RenderHelmOptions, file: string): string {
  const { chart, detected, values } = options;
  if (values.some(({ path }) => path === file) || detected.kind === 'helm-archive') return file;
  const inChart = joined(detected.folder, file);
  return chart.files.has(inChart) ? placeOf(chart, inChart) : sourcePlace(options, file);
}
