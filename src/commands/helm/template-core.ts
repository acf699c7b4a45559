import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  type ChartSource,
  HelmError,
  isArchive,
  newestHelm,
  profileOf,
  type RenderedChart,
  renderName,
  type ValuesFile,
  type World,
} from '../../helm/index.ts';
import { Problem } from '../../problem.ts';
import { renderAnyDepth } from '../../render/any-depth.ts';
import { readFolder } from '../../source/folder.ts';
import { type ParsedFlags, parseHelmFlags } from './helm-flags.ts';
import { type KubeconfigPlace, namespaceOfContext } from './kubeconfig-namespace.ts';
import { idleFlags, ownFlags, refusedFlags, renderFlags } from './template-flags.ts';

/** Where a rendering runs. Fronts fill it from the environment. */
export interface TemplatePlace {
  /** Relative paths of charts and values start here. */
  readonly directory: string;
  /** HELM_NAMESPACE: the namespace where no flag gives one. */
  readonly namespace?: string | undefined;
  /** Where one is looked up when nobody gives any. */
  readonly kubeconfig?: KubeconfigPlace | undefined;
  /** For `-f -`. */
  readonly readInput?: () => Promise<Uint8Array>;
}

/** What a rendering leaves behind. Nothing has been written yet. */
export interface TemplateResult {
  readonly stdout: Uint8Array;
  readonly stderr: string;
  readonly exit: number;
  /** Files to write for `--output-dir`, in order. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
}

/**
 * `helm template` as a function: arguments in, standard output, standard error and exit status out. Never throws for
 * what a user or a chart did wrong.
 */
export async function template(argv: readonly string[], place: TemplatePlace): Promise<TemplateResult> {
  const warnings: string[] = [];
  const warned = () => warnings.map((warning) => `${warning}\n`).join('');
  try {
    const flags = parseHelmFlags(argv, { ...renderFlags, ...ownFlags, ...idleFlags, ...refusedFlags });
    try {
      const rendered = await render(flags, place, (message) => warnings.push(message));
      return { ...rendered, stderr: warned(), exit: 0 };
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      return failed(error, flags, warned());
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { stdout: new Uint8Array(), stderr: `${warned()}${explain(error)}\n`, exit: 1, files: [] };
  }
}

/** With --debug Helm prints whatever there is of a release that it began to render, if only the end of a line. */
function failed(error: HelmError, flags: ParsedFlags, warned: string): TemplateResult {
  const ending = { stderr: `${warned}${explain(error, flags)}\n`, exit: 1, files: [] };
  if (!flags.isSet('debug') || !hasBegun(error)) return { stdout: new Uint8Array(), ...ending };
  try {
    return { stdout: error.rendered?.() ?? Buffer.from('\n'), ...ending };
  } catch (other) {
    // Nothing of what there is was asked for by --show-only.
    if (!(other instanceof HelmError)) throw other;
    return failed(other, flags, warned);
  }
}

function hasBegun(error: HelmError): boolean {
  return ['kube-version', 'template', 'yaml'].includes(error.stage);
}

/** Helm's line, then what we know beyond it. */
function explain(error: HelmError | Problem, flags?: ParsedFlags): string {
  const lines = [`Error: ${error.message}`];
  // Helm says so for every failure after it began to render, whether --debug would help or not.
  if (error instanceof HelmError && hasBegun(error) && flags?.isSet('debug') !== true) {
    lines.push('', 'Use --debug flag to render out invalid YAML');
  }
  if (error.excerpt !== undefined) lines.push('', error.excerpt);
  if (error.hint !== undefined) lines.push('', error.hint);
  return lines.join('\n');
}

async function render(flags: ParsedFlags, place: TemplatePlace, warn: (message: string) => void) {
  refuseFlags(flags);
  const profile = flags.text('helm-version') ?? newestHelm;
  if (profileOf(profile) === undefined) {
    throw new Problem({
      reason: 'usage',
      message: `--helm-version ${profile} is not known`,
      hint: 'Known are the releases from 3.19.0 to 4.2.4.',
    });
  }
  const { name, reference } = nameAndChart(flags);
  const chartPath = locateChart(reference, place);
  const files = await readValuesFiles(flags.list('values'), place);
  const source = await readChart(chartPath, place, warn);
  const rendered = await renderAnyDepth({
    source,
    values: {
      files,
      set: flags.list('set'),
      setString: flags.list('set-string'),
      setFile: flags.list('set-file'),
      setJson: flags.list('set-json'),
      setLiteral: flags.list('set-literal'),
      readFile: (path) => readNamedFile(path, place),
    },
    release: {
      name,
      namespace: await namespaceFor(flags, place),
      isUpgrade: flags.isSet('is-upgrade'),
    },
    options: {
      helm: profile,
      kubeVersion: flags.text('kube-version') || undefined,
      apiVersions: flags.list('api-versions'),
      includeCrds: flags.isSet('include-crds'),
      schema: flags.isSet('skip-schema-validation') ? 'skip' : 'check',
      hooks: flags.isSet('no-hooks') ? 'none' : flags.isSet('skip-tests') ? 'without-tests' : 'all',
      showOnly: flags.list('show-only'),
    },
    world,
    warn,
  });
  return output(rendered, name, flags);
}

async function namespaceFor(flags: ParsedFlags, place: TemplatePlace): Promise<string> {
  const given = flags.text('namespace') || place.namespace;
  if (given) return given;
  const named = { kubeconfig: flags.text('kubeconfig'), context: flags.text('kube-context') };
  return (await namespaceOfContext(place.kubeconfig ?? {}, named, place.directory)) ?? 'default';
}

/** Randomness and time are the machine's; no cluster is asked. */
const world: World = {
  // Few charts draw, and Node takes longer to load this than to render a small one.
  randomBytes: (count) => process.getBuiltinModule('node:crypto').randomBytes(count),
  now: () => BigInt(Date.now()) * 1_000_000n,
  /** Node loads its calendars for this answer, and few charts ask. */
  get timeZone() {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  },
};

function output(rendered: RenderedChart, name: string, flags: ParsedFlags): Pick<TemplateResult, 'stdout' | 'files'> {
  const directory = flags.text('output-dir') ?? '';
  if (directory === '') return { stdout: rendered.printed(), files: [] };
  const folder = flags.isSet('release-name') ? join(directory, name) : directory;
  const files = rendered.printedFiles().map(({ path, content, kind }) => ({
    path: join(kind === 'crd' ? directory : folder, path),
    content,
  }));
  const lines = files.map(({ path }) => `wrote ${path}\n`).join('');
  return { stdout: Buffer.from(`${lines}\n`), files };
}

function refuseFlags(flags: ParsedFlags): void {
  for (const name of flags.given) {
    const refused = refusedFlags[name];
    if (refused === undefined) continue;
    if (name === 'dry-run' && ['client', 'unset', 'true'].includes(flags.text(name) ?? '')) continue;
    throw new Problem({ reason: 'usage', message: `--${name} is not possible here`, hint: refused.why });
  }
}

function nameAndChart(flags: ParsedFlags): { readonly name: string; readonly reference: string } {
  const [first, second, ...more] = flags.positional;
  if (first === undefined) {
    throw new Problem({
      reason: 'usage',
      message: '"template" requires at least 1 argument',
      hint: 'Usage: pushgate template [NAME] [CHART] [flags]',
    });
  }
  if (more.length > 0) {
    const message = `expected at most two arguments, unexpected arguments: ${more.join(', ')}`;
    throw new Problem({ reason: 'usage', message });
  }
  const nameTemplate = flags.text('name-template') ?? '';
  if (second !== undefined) {
    if (flags.isSet('generate-name')) throw alsoNamed('generate-name');
    if (nameTemplate !== '') throw alsoNamed('name-template');
    return { name: first, reference: second };
  }
  return {
    name: nameTemplate === '' ? 'release-name' : renderName(nameTemplate, world, flags.text('helm-version')),
    reference: first,
  };
}

function alsoNamed(flag: string): Problem {
  return new Problem({ reason: 'usage', message: `cannot set --${flag} and also specify a name` });
}

function locateChart(reference: string, place: TemplatePlace): string {
  const path = resolve(place.directory, reference.trim());
  if (existsSync(path)) return path;
  if (isAbsolute(reference) || reference.startsWith('.')) {
    throw new Problem({ reason: 'source-missing', message: `path ${JSON.stringify(reference)} not found` });
  }
  throw new Problem({
    reason: 'source-missing',
    message: `chart ${JSON.stringify(reference)} not found`,
    hint: 'Only charts that lie in a folder or file are rendered here; `helm pull` brings one from a repository.',
  });
}

async function readChart(path: string, place: TemplatePlace, warn: (message: string) => void): Promise<ChartSource> {
  if (!statSync(path).isDirectory()) {
    const data = readFileSync(path);
    if (isArchive(data)) return { kind: 'archive', data };
    const message = /\.ya?ml$/.test(path)
      ? `file '${path}' seems to be a YAML file, but expected a gzipped archive`
      : `file '${path}' does not appear to be a gzipped archive`;
    throw new Problem({ reason: 'source-missing', message });
  }
  const real = realpathSync(path);
  if (!existsSync(join(real, 'Chart.yaml'))) {
    const message = `unable to detect chart at ${join(path, 'Chart.yaml')}: open ${join(path, 'Chart.yaml')}: no such file or directory`;
    throw new Problem({ reason: 'source-missing', message });
  }
  const root = rootFor(real, place);
  const below = relative(root, real).split(sep).join('/');
  const { files, notices } = await readFolder({ directory: root, paths: [below] });
  for (const notice of notices) warn(notice);
  const prefix = below === '' ? '' : `${below}/`;
  return { kind: 'folder', files: new Map([...files].map(([file, data]) => [file.slice(prefix.length), data])) };
}

/** Links in a chart may lead to anywhere in the repository it lies in, else in the folder the command runs in. */
function rootFor(chart: string, place: TemplatePlace): string {
  for (let folder = chart; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) break;
  }
  const here = realpathSync(place.directory);
  return chart === here || chart.startsWith(here + sep) ? here : chart;
}

async function readValuesFiles(names: readonly string[], place: TemplatePlace): Promise<ValuesFile[]> {
  const files: ValuesFile[] = [];
  for (const name of names) {
    const data = name.trim() === '-' ? await readInput(place) : readNamedFile(name, place);
    files.push({ name, data });
  }
  return files;
}

async function readInput(place: TemplatePlace): Promise<Uint8Array> {
  if (place.readInput === undefined) {
    throw new Problem({ reason: 'usage', message: 'values cannot be read from standard input here' });
  }
  return await place.readInput();
}

function readNamedFile(name: string, place: TemplatePlace): Uint8Array {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) {
    const hint = 'Fetch it first; rendering does not reach out.';
    throw new Problem({ reason: 'source-missing', message: `values are read from files, not from ${name}`, hint });
  }
  try {
    if (name !== '') return readFileSync(resolve(place.directory, name));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'no such file or directory' : code === 'EISDIR' ? 'is a directory' : String(code);
    throw new Problem({ reason: 'source-missing', message: `open ${name}: ${why}`, cause: error });
  }
  throw new Problem({ reason: 'source-missing', message: 'open : no such file or directory' });
}
