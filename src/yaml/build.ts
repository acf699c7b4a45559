/**
 * Nodes → values, through a builder that decides what a value is: plain JSON data, or an engine's own value types.
 *
 * This is go-yaml v2's decoding followed by the JSON step of sigs.k8s.io/yaml: aliases become copies, merge keys
 * are expanded, keys become strings, and what JSON cannot say is an error.
 */
import { formatGoFloat, maxInt64, narrow } from './go-number.ts';
import { goSyntax } from './go-syntax.ts';
import { decodeBinary, isMergeKey, keyText } from './key.ts';
import { ALIAS_NODE, MAPPING_NODE, SCALAR_NODE, SEQUENCE_NODE, type YamlNode } from './node.ts';
import { resolveScalar, tags } from './resolve.ts';
import { YamlError } from './yaml-error.ts';

/** Makes values of type T. The node says where a value was written; numbers are bigint only beyond 2^53 (`exact`). */
export interface YamlBuilder<T> {
  null(node: YamlNode): T;
  boolean(value: boolean, node: YamlNode): T;
  number(value: number | bigint, node: YamlNode): T;
  /** For builders that tell `1.0` from `1`; without it floats come through `number`, as they do through JSON. */
  float?(value: number, node: YamlNode): T;
  string(value: string, node: YamlNode): T;
  sequence(items: T[], node: YamlNode): T;
  /** An empty mapping, to be filled by `set`. */
  mapping(node: YamlNode): T;
  /** Called again for the same key when it is written twice or merged: the last call counts. */
  set(mapping: T, key: string, value: T, keyNode: YamlNode): void;
}

export interface BuildOptions {
  /** `exact` keeps integers of 64 bits; `float64` rounds them as Helm's values do. */
  readonly integers: 'exact' | 'float64';
  readonly duplicateKeys: 'last-wins' | 'error';
  readonly firstLine: number;
}

interface Build<T> {
  readonly builder: YamlBuilder<T>;
  readonly options: BuildOptions;
  /** Aliases being expanded: one inside itself has no end. */
  readonly open: Set<YamlNode>;
  decoded: number;
  fromAliases: number;
  aliasDepth: number;
  /** Found by the JSON step, which only runs when all else is well; bad keys come before bad numbers. */
  badKey: YamlError | undefined;
  badNumber: YamlError | undefined;
}

/** The value of a document. Throws YamlError of kind `content`. */
export function buildValue<T>(root: YamlNode, builder: YamlBuilder<T>, options: BuildOptions): T {
  const b: Build<T> = {
    builder,
    options,
    open: new Set(),
    decoded: 1,
    fromAliases: 0,
    aliasDepth: 0,
    badKey: undefined,
    badNumber: undefined,
  };
  const value = build(b, root);
  const problem = b.badKey ?? b.badNumber;
  if (problem !== undefined) throw problem;
  return value;
}

function build<T>(b: Build<T>, node: YamlNode): T {
  count(b, node);
  switch (node.kind) {
    case SCALAR_NODE:
      return buildScalar(b, node);
    case SEQUENCE_NODE: {
      const items = new Array<T>(node.children.length);
      for (let i = 0; i < items.length; i++) items[i] = build(b, node.children[i] as YamlNode);
      return b.builder.sequence(items, node);
    }
    case MAPPING_NODE: {
      const mapping = b.builder.mapping(node);
      fillMapping(b, node, mapping);
      return mapping;
    }
    default:
      return throughAlias(b, node, (target) => build(b, target));
  }
}

/** go-yaml's brake on alias bombs: the larger a document, the smaller the part of it that may come from aliases. */
function count<T>(b: Build<T>, node: YamlNode): void {
  b.decoded++;
  if (b.aliasDepth === 0) return;
  b.fromAliases++;
  if (b.fromAliases > 100 && b.decoded > 1000 && b.fromAliases / b.decoded > allowedAliasRatio(b.decoded)) {
    throw contentError(b, node, 'document contains excessive aliasing', 'limit');
  }
}

function allowedAliasRatio(decoded: number): number {
  const low = 400_000;
  const high = 4_000_000;
  if (decoded <= low) return 0.99;
  return decoded >= high ? 0.1 : 0.99 - 0.89 * ((decoded - low) / (high - low));
}

function throughAlias<T, R>(b: Build<T>, alias: YamlNode, use: (target: YamlNode) => R): R {
  if (b.open.has(alias)) throw contentError(b, alias, `anchor '${alias.value}' value contains itself`);
  b.open.add(alias);
  b.aliasDepth++;
  const result = use(alias.target as YamlNode);
  b.aliasDepth--;
  b.open.delete(alias);
  return result;
}

function buildScalar<T>(b: Build<T>, node: YamlNode): T {
  const { builder } = b;
  const resolved = resolveScalar(node);
  if (typeof resolved === 'string') throw contentError(b, node, resolved);
  switch (resolved.type) {
    case 'null':
      return builder.null(node);
    case 'bool':
      return builder.boolean(resolved.value, node);
    case 'int':
      return builder.number(integer(resolved.value, b.options.integers), node);
    case 'float': {
      const value = finite(b, resolved.value, node);
      return builder.float === undefined ? builder.number(value, node) : builder.float(Number(value), node);
    }
    default:
      return builder.string(node.tag === tags.binary ? binary(b, node) : node.value, node);
  }
}

/** Above 64 bits signed, Kubernetes' own JSON reader goes over to floats too. */
function integer(value: number | bigint, integers: BuildOptions['integers']): number | bigint {
  return typeof value === 'number' || (integers === 'exact' && value <= maxInt64) ? value : Number(value);
}

/** A float without fraction is an integer once it went through JSON. */
function finite<T>(b: Build<T>, value: number, node: YamlNode): number | bigint {
  if (!Number.isFinite(value)) {
    const problem = `json: unsupported value: ${formatGoFloat(value)}`;
    b.badNumber ??= contentError(b, node, problem, 'content', problem);
    return 0;
  }
  if (b.options.integers === 'float64' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  return Math.abs(value) < 2 ** 63 ? narrow(BigInt(value)) : value;
}

function binary<T>(b: Build<T>, node: YamlNode): string {
  const decoded = decodeBinary(node.value);
  if (decoded === undefined) throw contentError(b, node, '!!binary value contains invalid base64 data');
  return decoded;
}

function fillMapping<T>(b: Build<T>, node: YamlNode, mapping: T): void {
  const { children } = node;
  const seen = b.options.duplicateKeys === 'error' ? new Map<string, YamlNode>() : undefined;
  for (let i = 0; i < children.length; i += 2) {
    const keyNode = children[i] as YamlNode;
    const valueNode = children[i + 1] as YamlNode;
    if (isMergeKey(keyNode)) {
      merge(b, valueNode, mapping);
      continue;
    }
    const key = buildKey(b, keyNode, valueNode);
    if (seen !== undefined) {
      const first = seen.get(key);
      if (first !== undefined) throw duplicateKey(b, key, first, keyNode);
      seen.set(key, keyNode);
    }
    b.builder.set(mapping, key, build(b, valueNode), keyNode);
  }
}

/** Merged keys overwrite what stands before them and are overwritten by what follows; of a list the first wins. */
function merge<T>(b: Build<T>, node: YamlNode, mapping: T): void {
  if (node.kind === SEQUENCE_NODE) {
    for (let i = node.children.length - 1; i >= 0; i--) mergeOne(b, node.children[i] as YamlNode, mapping);
  } else mergeOne(b, node, mapping);
}

function mergeOne<T>(b: Build<T>, node: YamlNode, mapping: T): void {
  if ((node.kind === ALIAS_NODE ? node.target?.kind : node.kind) !== MAPPING_NODE) {
    throw contentError(b, node, 'map merge requires map or sequence of maps as the value');
  }
  count(b, node);
  if (node.kind === ALIAS_NODE) throughAlias(b, node, (target) => mergeOne(b, target, mapping));
  else fillMapping(b, node, mapping);
}

function buildKey<T>(b: Build<T>, node: YamlNode, valueNode: YamlNode): string {
  count(b, node);
  if (node.kind === ALIAS_NODE) return throughAlias(b, node, (target) => buildKey(b, target, valueNode));
  if (node.kind !== SCALAR_NODE) {
    build(b, node);
    throw contentError(b, node, `invalid map key: ${goSyntax(node)}`);
  }
  const key = keyText(node);
  if (key.kind === 'text') return key.text;
  if (key.kind === 'invalid') throw contentError(b, node, key.problem);
  b.badKey ??= unsupportedKey(b, node, valueNode, key.type);
  return '';
}

function unsupportedKey<T>(b: Build<T>, node: YamlNode, valueNode: YamlNode, type: string): YamlError {
  const problem = `unsupported map key of type: ${type}, key: ${goSyntax(node)}, value: ${goSyntax(valueNode)}`;
  return contentError(b, node, problem, 'content', problem);
}

function duplicateKey<T>(b: Build<T>, key: string, first: YamlNode, second: YamlNode): YamlError {
  const line = (node: YamlNode) => b.options.firstLine + node.line + 1;
  const problem = `key ${JSON.stringify(key)} already set in map`;
  const message = `yaml: unmarshal errors:\n  line ${line(second)}: ${problem}`;
  return contentError(b, second, `${problem} on line ${line(first)}`, 'content', message);
}

function contentError<T>(
  b: Build<T>,
  node: YamlNode,
  problem: string,
  kind: 'content' | 'limit' = 'content',
  message = `yaml: ${problem}`,
): YamlError {
  return new YamlError({
    kind,
    problem,
    message,
    line: b.options.firstLine + node.line + 1,
    column: node.column + 1,
  });
}
