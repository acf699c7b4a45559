import { quickHead } from './assemble-head.ts';
import { inKindOrder } from './assemble-order.ts';
import { splitDocuments } from './assemble-split.ts';
import { type ByteString, toText } from './bytes.ts';
import { type Chart, chartPath } from './chart/chart.ts';
import { fieldsOf, type Plain, stringField, stringMapField } from './chart/plain.ts';
import { decoding, readPlain, YamlTextError } from './chart/read-yaml.ts';
import { trimSpace } from './chart/space.ts';
import { baseName } from './chart/templates.ts';
import { GoError } from './errors.ts';
import { HelmError } from './helm-error.ts';
import type { Profile } from './profile.ts';

/** One rendered object. Texts are byte strings; `content` is exactly what Helm prints below `# Source:`. */
export interface Manifest {
  readonly path: ByteString;
  readonly content: ByteString;
  readonly kind: ByteString;
  readonly apiVersion: ByteString;
  readonly name: ByteString;
}

export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-delete'
  | 'post-delete'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-rollback'
  | 'post-rollback'
  | 'test';

export interface Hook extends Manifest {
  readonly events: readonly HookEvent[];
  readonly weight: number;
  /** As written: `before-hook-creation`, `hook-succeeded`, `hook-failed`. */
  readonly deletePolicies: readonly string[];
  readonly outputLogPolicies: readonly string[];
}

export interface Assembled {
  readonly manifests: readonly Manifest[];
  readonly hooks: readonly Hook[];
  /** The root chart's NOTES.txt, then, where asked for, those of subcharts. */
  readonly notes: ByteString;
}

const events: ReadonlyMap<string, HookEvent> = new Map<string, HookEvent>([
  ['pre-install', 'pre-install'],
  ['post-install', 'post-install'],
  ['pre-delete', 'pre-delete'],
  ['post-delete', 'post-delete'],
  ['pre-upgrade', 'pre-upgrade'],
  ['post-upgrade', 'post-upgrade'],
  ['pre-rollback', 'pre-rollback'],
  ['post-rollback', 'post-rollback'],
  ['test', 'test'],
  ['test-success', 'test'],
]);

const notesFile = 'NOTES.txt';

/**
 * Sorts rendered files into objects, hooks and notes, in Helm's order. Throws `HelmError` of stage `yaml` for a file
 * that is no YAML, or whose document is no mapping.
 */
export function assemble(
  rendered: ReadonlyMap<ByteString, ByteString>,
  chart: Chart,
  profile: Profile,
  warn: (message: string) => void,
): Assembled {
  const manifests: Manifest[] = [];
  const hooks: Hook[] = [];
  for (const path of [...rendered.keys()].sort()) {
    const text = rendered.get(path) ?? '';
    if (path.endsWith(notesFile) || baseName(path).startsWith('_') || trimSpace(text) === '') continue;
    for (const content of splitDocuments(text, profile.split)) {
      const quick = quickHead(content);
      const head = quick === undefined ? readHead(content, path, profile) : { ...quick, annotations: none };
      const manifest = { path, content, kind: head.kind, apiVersion: head.apiVersion, name: head.name };
      const hook = head.annotations.get('helm.sh/hook');
      if (hook === undefined) manifests.push(manifest);
      else {
        const fired = toText(hook)
          .split(',')
          .map((event) => events.get(event.trim().toLowerCase()));
        if (fired.includes(undefined)) warn(`skipping unknown hooks hookTypes=${toText(hook)}`);
        else hooks.push(hookOf(manifest, fired as HookEvent[], head.annotations));
      }
    }
  }
  return {
    manifests: inKindOrder(manifests, profile),
    hooks: inKindOrder(hooks, profile),
    notes: rendered.get(`${chartPath(chart)}/templates/${notesFile}`) ?? '',
  };
}

function hookOf(
  manifest: Manifest,
  fired: readonly HookEvent[],
  annotations: ReadonlyMap<ByteString, ByteString>,
): Hook {
  const weight = annotations.get('helm.sh/hook-weight') ?? '';
  return {
    ...manifest,
    events: fired,
    weight: /^[+-]?[0-9]+$/.test(weight) ? Number(weight) : 0,
    deletePolicies: listed(annotations.get('helm.sh/hook-delete-policy')),
    outputLogPolicies: listed(annotations.get('helm.sh/hook-output-log-policy')),
  };
}

function listed(annotation: ByteString | undefined): string[] {
  if (annotation === undefined) return [];
  return toText(annotation)
    .split(',')
    .map((item) => item.trim().toLowerCase());
}

export interface Head {
  readonly apiVersion: ByteString;
  readonly kind: ByteString;
  readonly name: ByteString;
  readonly annotations: ReadonlyMap<ByteString, ByteString>;
}

const none: ReadonlyMap<ByteString, ByteString> = new Map();

/** The head of a document; exported for the tests of the quick way to it. Throws `HelmError` of stage `yaml`. */
export function readHead(content: ByteString, path: ByteString, profile: Profile): Head {
  try {
    const plain = readPlain(content);
    return decoding(() => decodeHead(plain, profile));
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw new HelmError({
      stage: 'yaml',
      message: `YAML parse error on ${toText(path)}: ${error.message}`,
      file: toText(path),
      excerpt: error instanceof YamlTextError ? excerptOf(content, error.line, error.column) : undefined,
      hint: 'The lines are those of the rendered text, not of the template.',
      cause: error,
    });
  }
}

function decodeHead(plain: Plain, profile: Profile): Head {
  if (plain === null) return { apiVersion: '', kind: '', name: '', annotations: none };
  const type = profile.major === 3 ? 'releaseutil.SimpleHead' : 'util.SimpleHead';
  const fields = fieldsOf(plain, ['apiVersion', 'kind', 'metadata'], type);
  const metadata = fields.get('metadata') ?? null;
  const inner =
    metadata === null
      ? new Map<string, Plain>()
      : fieldsOf(metadata, ['name', 'annotations'], 'struct { Name string }');
  return {
    apiVersion: stringField(fields.get('apiVersion'), 'SimpleHead.apiVersion'),
    kind: stringField(fields.get('kind'), 'SimpleHead.kind'),
    name: stringField(inner.get('name'), '.metadata.name'),
    annotations: stringMapField(inner.get('annotations'), '.metadata.annotations') ?? none,
  };
}

/** The line of the rendered text that is wrong, with its neighbours above. */
function excerptOf(content: ByteString, line: number | undefined, column: number | undefined): string | undefined {
  if (line === undefined) return undefined;
  const lines = toText(content).split('\n');
  const first = Math.max(0, line - 3);
  const shown = lines.slice(first, line).map((text, index) => `${String(first + index + 1).padStart(5)} | ${text}`);
  if (column !== undefined) shown.push(`${' '.repeat(8 + column - 1)}^`);
  return shown.join('\n');
}
