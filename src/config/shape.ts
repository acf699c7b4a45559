/** Findings of the schema as sentences. Which words a sentence uses is decided here, so that they never depend on the library. */
import { nearest } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import { isList, isObject, valueAt } from '../resource/resource.ts';
import { type RawConfig, rawConfig } from './raw.ts';

export type Path = readonly (string | number)[];

/** Something wrong at one place of one file; `mistakes` become Problems when the place is known by line. */
export interface Mistake {
  readonly path: Path;
  /** Whether the key itself is wrong or what stands under it. */
  readonly on: 'key' | 'value';
  readonly message: string;
  readonly hint: string | undefined;
}

export type Shape =
  | { readonly kind: 'valid'; readonly raw: RawConfig }
  | { readonly kind: 'invalid'; readonly mistakes: readonly Mistake[] };

/** What a finding of the schema looks like, of whatever library. */
interface Finding {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly expected?: unknown;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly origin?: string;
  readonly errors?: readonly (readonly Finding[])[];
  readonly issues?: readonly Finding[];
}

/** Reads the value of a file as configuration; every finding is reported, not only the first. */
export function shapeOf(value: Json): Shape {
  const parsed = rawConfig.safeParse(value);
  if (parsed.success) return { kind: 'valid', raw: parsed.data };
  const mistakes = (parsed.error.issues as readonly Finding[]).flatMap((finding) => mistakesOf(finding, value, []));
  return { kind: 'invalid', mistakes };
}

function mistakesOf(finding: Finding, root: Json, parent: Path): readonly Mistake[] {
  const path = [...parent, ...finding.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  switch (finding.code) {
    case 'unrecognized_keys':
      return (finding.keys ?? []).map((key) => unknownKey([...path, key]));
    case 'invalid_union': {
      const branch = likeliestBranch(finding.errors ?? []);
      if (valueAt(root, path) === undefined) return [typeMistake(finding, root, path)];
      if (branch !== undefined) return branch.flatMap((inner) => mistakesOf(inner, root, path));
      return [onValue(path, `${owner(path)} must be ${words(path)}, but ${found(valueAt(root, path))}`)];
    }
    case 'invalid_key':
      return [{ ...onValue(path, `${quoted(path.at(-1))} ${nameRule(path)}`), on: 'key' }];
    case 'invalid_format':
      return [onValue(path, `${name(path)}: ${JSON.stringify(valueAt(root, path))} ${nameRule(path)}`)];
    case 'invalid_type':
      return [typeMistake(finding, root, path)];
    case 'invalid_value':
      return [valueMistake(finding, root, path)];
    case 'too_small':
      return finding.origin === 'string'
        ? [onValue(path, `${name(path)} is empty`)]
        : [onValue(path, `${name(path)} must be at least ${String(finding.minimum)}`)];
    case 'too_big':
      return finding.origin === 'string'
        ? [onValue(path, `${name(path)} is longer than ${String(finding.maximum)} signs`)]
        : [onValue(path, `${name(path)} must be at most ${String(finding.maximum)}`)];
    default:
      return [onValue(path, `${name(path)} is not valid (${finding.code})`)];
  }
}

function typeMistake(finding: Finding, root: Json, path: Path): Mistake {
  const value = valueAt(root, path);
  if (value === undefined) {
    const parent = path.slice(0, -1);
    return { path: parent, on: 'key', message: `${owner(parent)} needs ${quoted(path.at(-1))}`, hint: undefined };
  }
  const expected = expectations[String(finding.expected)] ?? String(finding.expected);
  const hint =
    finding.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')
      ? `Write it in quotes: "${String(value)}"`
      : finding.expected === 'array' && typeof value === 'string'
        ? `Write it as a list: [${value}]`
        : undefined;
  return { path, on: 'value', message: `${owner(path)} must be ${expected}, but ${found(value)}`, hint };
}

function valueMistake(finding: Finding, root: Json, path: Path): Mistake {
  const value = valueAt(root, path);
  if (value === undefined) return typeMistake(finding, root, path);
  const allowed = (finding.values ?? []).map(String);
  const near = typeof value === 'string' ? nearest(value, allowed) : undefined;
  return {
    path,
    on: 'value',
    message: `${owner(path)} must be ${oneOf(allowed)}, but ${found(value)}`,
    hint: near === undefined ? undefined : `Did you mean "${near}"?`,
  };
}

function unknownKey(path: Path): Mistake {
  const key = String(path.at(-1));
  const known = knownKeys(rawConfig, path.slice(0, -1));
  const near = nearest(key, known);
  const owned = owner(path.slice(0, -1));
  return {
    path,
    on: 'key',
    message: `unknown key "${key}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    hint: near === undefined && known.length > 0 ? `${owned} knows ${known.join(', ')}.` : undefined,
  };
}

/** The part of a schema that is needed to walk it. */
interface SchemaNode {
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, SchemaNode>>;
    readonly innerType?: SchemaNode;
    readonly element?: SchemaNode;
    readonly valueType?: SchemaNode;
    readonly options?: readonly SchemaNode[];
  };
}

/** The keys that the schema knows at a path. */
function knownKeys(schema: unknown, path: Path): readonly string[] {
  let nodes: readonly SchemaNode[] = [schema as SchemaNode];
  for (const step of path) nodes = nodes.flatMap(alternatives).flatMap((node) => childOf(node, step));
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.def.shape ?? {})))];
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  if (node.def.innerType !== undefined) return alternatives(node.def.innerType);
  if (node.def.options !== undefined) return node.def.options.flatMap(alternatives);
  return [node];
}

function childOf(node: SchemaNode, step: string | number): readonly SchemaNode[] {
  if (typeof step === 'number') return node.def.element === undefined ? [] : [node.def.element];
  const child = node.def.shape?.[step] ?? node.def.valueType;
  return child === undefined ? [] : [child];
}

/** Of the forms a value may have, the one that the writer most likely meant: right in type, with the fewest findings. */
function likeliestBranch(branches: readonly (readonly Finding[])[]): readonly Finding[] | undefined {
  const possible = branches.filter(
    (branch) => !branch.some((finding) => finding.code === 'invalid_type' && finding.path.length === 0),
  );
  const weight = (branch: readonly Finding[]) =>
    branch.reduce((sum, finding) => sum + (finding.keys === undefined ? 1 : finding.keys.length), 0);
  return possible.toSorted((a, b) => weight(a) - weight(b))[0];
}

const expectations: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

/** What is expected where the schema allows several forms, by the last key of the path. */
function words(path: Path): string {
  if (path.at(-1) === 'chart') {
    return 'a path, an oci:// address, a mapping with repository, name and version, or one with git, ref and path';
  }
  return 'of another form';
}

/** The rule for names, by where they stand. */
function nameRule(path: Path): string {
  if (path.at(-2) === 'environments') {
    return 'is not a name of an environment: letters, digits, dots, dashes and underscores, at most 63';
  }
  if (path.at(-1) === 'name' && path.at(-3) === 'releases') {
    return 'is not a name of a release: lower-case letters, digits, dashes and dots, at most 53';
  }
  if (path.at(-2) === 'breakGlass') return 'is neither the name of an account nor a team such as @organisation/team';
  if (path.at(-1) === 'team') return 'is not a team: @organisation/team on GitHub, @group or @group/subgroup on GitLab';
  if (path.at(-1) === 'timeout') return 'is no length of time: write it as 90s, 10m or 1h30m';
  return 'is not the name of an environment variable';
}

function found(value: Json | undefined): string {
  if (value === undefined) return 'nothing is there';
  if (value === null) return 'it is empty';
  if (isList(value)) return 'a list is there';
  if (isObject(value)) return 'a mapping is there';
  return `${typeof value === 'string' ? JSON.stringify(value) : String(value)} is there`;
}

function oneOf(allowed: readonly string[]): string {
  if (allowed.length < 2) return allowed.join('');
  return `${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}`;
}

/** A path as people read it: `environments.production.gate.approvals`, `releases[0].chart`. */
export function name(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

function owner(path: Path): string {
  return path.length === 0 ? 'the file' : name(path);
}

function quoted(step: string | number | undefined): string {
  return `"${String(step)}"`;
}

function onValue(path: Path, message: string): Mistake {
  return { path, on: 'value', message, hint: undefined };
}
