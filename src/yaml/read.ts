/**
 * The one way YAML is read: as kubectl and Helm read it (go-yaml v2, then JSON).
 *
 * Mappings become objects without a prototype, so that keys such as `__proto__` and `constructor` are data like any
 * other, and reading or writing one touches nothing else.
 */
import { type BuildOptions, buildValue, type YamlBuilder } from './build.ts';
import type { YamlNode } from './node.ts';
import { parseDocument } from './parser.ts';
import { YamlError } from './yaml-error.ts';

export type YamlValue = null | boolean | number | bigint | string | readonly YamlValue[] | YamlObject;

export interface YamlObject {
  readonly [key: string]: YamlValue;
}

export interface ReadYamlOptions {
  /**
   * `exact` (default): integers up to 64 bits signed are kept, beyond ±2^53 as bigint; for objects that go to
   * Kubernetes. `float64`: every number is a JavaScript number, as in Helm's values.
   */
  readonly integers?: BuildOptions['integers'];
  /** `last-wins` (default, as kubectl and Helm), or `error` for files of our own. Merged keys are never duplicates. */
  readonly duplicateKeys?: BuildOptions['duplicateKeys'];
  readonly limits?: YamlLimits;
  /** Lines that stand before this text in its file, added to every line number. */
  readonly firstLine?: number;
}

export interface YamlLimits {
  /** UTF-16 code units of a text. */
  readonly characters?: number;
  /** Nested collections. */
  readonly depth?: number;
}

export const defaultYamlLimits = { characters: 64 * 1024 * 1024, depth: 1000 } as const;

/** The first document of a text as plain data; null when there is none. Throws YamlError. */
export function readYaml(text: string, options: ReadYamlOptions = {}): YamlValue {
  return readYamlWith(text, plainData, options);
}

/** As `readYaml`, but a builder makes the values. */
export function readYamlWith<T>(text: string, builder: YamlBuilder<T>, options: ReadYamlOptions = {}): T {
  const root = readYamlNode(text, options) ?? absent;
  return buildValue(root, builder, buildOptions(options));
}

/** The plain data of a document that was read as nodes. */
export function yamlValueOf(root: YamlNode, options: ReadYamlOptions = {}): YamlValue {
  return buildValue(root, plainData, buildOptions(options));
}

/** The nodes of the first document, undefined when there is none. */
export function readYamlNode(text: string, options: ReadYamlOptions = {}): YamlNode | undefined {
  const limit = options.limits?.characters ?? defaultYamlLimits.characters;
  if (text.length > limit) {
    const problem = `text of ${text.length} characters is longer than the limit of ${limit}`;
    throw new YamlError({ kind: 'limit', problem, message: `yaml: ${problem}` });
  }
  refuseControlCharacters(text, options.firstLine ?? 0);
  const start = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return parseDocument(start, {
    firstLine: options.firstLine ?? 0,
    maxDepth: options.limits?.depth ?? defaultYamlLimits.depth,
  });
}

export function buildOptions(options: ReadYamlOptions): BuildOptions {
  return {
    integers: options.integers ?? 'exact',
    duplicateKeys: options.duplicateKeys ?? 'last-wins',
    firstLine: options.firstLine ?? 0,
  };
}

const controlCharacter = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

function refuseControlCharacters(text: string, firstLine: number): void {
  const at = text.search(controlCharacter);
  if (at < 0) return;
  const before = text.slice(0, at).split('\n');
  const problem = 'control characters are not allowed';
  throw new YamlError({
    kind: 'syntax',
    problem,
    message: `yaml: ${problem}`,
    line: firstLine + before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  });
}

const absent: YamlNode = {
  kind: 0,
  tag: '',
  value: '',
  plain: true,
  flow: false,
  children: [],
  target: undefined,
  line: 0,
  column: 0,
  start: 0,
  end: 0,
};

type MutableObject = Record<string, YamlValue>;

const plainData: YamlBuilder<YamlValue> = {
  null: () => null,
  boolean: (value) => value,
  number: (value) => value,
  string: (value) => value,
  sequence: (items) => items,
  mapping: () => Object.create(null) as MutableObject,
  set: (mapping, key, value) => {
    (mapping as MutableObject)[key] = value;
  },
};
