/** Where the keys and values of a document were written. */
import { isMergeKey, keyText } from './key.ts';
import { ALIAS_NODE, MAPPING_NODE, SCALAR_NODE, SEQUENCE_NODE, type YamlNode } from './node.ts';
import { buildOptions, type ReadYamlOptions, readYamlNode, type YamlValue, yamlValueOf } from './read.ts';

export type YamlPath = readonly (string | number)[];

export interface YamlPosition {
  /** Both counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Offsets into the text (UTF-16 code units) of the first character and behind the last one. */
  readonly start: number;
  readonly end: number;
}

export interface YamlEntry {
  readonly path: YamlPath;
  /** Undefined for entries of a list and for the root. */
  readonly key: YamlPosition | undefined;
  readonly value: YamlPosition;
}

export interface YamlWithPositions {
  readonly value: YamlValue;
  /** Where the value at a path stands; what came through an alias or `<<` stands where it was first written. */
  readonly valueAt: (path: YamlPath) => YamlPosition | undefined;
  /** Where the key that ends a path stands. */
  readonly keyAt: (path: YamlPath) => YamlPosition | undefined;
  /** Every scalar and every empty collection, in the order of the text. */
  readonly leaves: () => Generator<YamlEntry>;
}

/** As `readYaml`, with the places of everything in it. Throws YamlError. */
export function readYamlWithPositions(text: string, options: ReadYamlOptions = {}): YamlWithPositions {
  const root = readYamlNode(text, options);
  const { firstLine } = buildOptions(options);
  return {
    value: root === undefined ? null : yamlValueOf(root, options),
    valueAt: (path) => positionOf(findPair(root, path)?.value, firstLine),
    keyAt: (path) => positionOf(findPair(root, path)?.key, firstLine),
    leaves: () => leaves({ path: [], key: undefined, node: root }, firstLine),
  };
}

export interface Pair {
  readonly key: YamlNode | undefined;
  readonly value: YamlNode;
}

function positionOf(node: YamlNode | undefined, firstLine: number): YamlPosition | undefined {
  return node === undefined ? undefined : position(node, firstLine);
}

function position(node: YamlNode, firstLine: number): YamlPosition {
  return { line: firstLine + node.line + 1, column: node.column + 1, start: node.start, end: node.end };
}

/** The pair that decides the value at a path; undefined when nothing is there. */
function findPair(root: YamlNode | undefined, path: YamlPath): Pair | undefined {
  if (root === undefined) return undefined;
  let pair: Pair | undefined = { key: undefined, value: root };
  for (const step of path) {
    const node = content(pair.value);
    if (node.kind === MAPPING_NODE) pair = members(node).get(String(step));
    else {
      const item: YamlNode | undefined = node.kind === SEQUENCE_NODE ? node.children[Number(step)] : undefined;
      pair = item === undefined ? undefined : { key: undefined, value: item };
    }
    if (pair === undefined) return undefined;
  }
  return pair;
}

function content(node: YamlNode): YamlNode {
  let target = node;
  while (target.kind === ALIAS_NODE && target.target !== undefined) target = target.target;
  return target;
}

/** The pairs of a mapping by key: of those written or merged later ones take the place of earlier ones. */
function members(mapping: YamlNode): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (let i = 0; i < mapping.children.length; i += 2) {
    const key = mapping.children[i] as YamlNode;
    const value = mapping.children[i + 1] as YamlNode;
    if (isMergeKey(key)) {
      for (const [name, pair] of mergedMembers(content(value))) pairs.set(name, pair);
      continue;
    }
    const name = textOf(key);
    if (name !== undefined) pairs.set(name, { key, value });
  }
  return pairs;
}

/** Of several merged mappings the first one counts. */
function mergedMembers(merged: YamlNode): Map<string, Pair> {
  if (merged.kind !== SEQUENCE_NODE) return members(merged);
  const pairs = new Map<string, Pair>();
  for (const source of merged.children.toReversed()) {
    for (const [name, pair] of members(content(source))) pairs.set(name, pair);
  }
  return pairs;
}

function textOf(keyNode: YamlNode): string | undefined {
  const node = content(keyNode);
  if (node.kind !== SCALAR_NODE) return undefined;
  const key = keyText(node);
  return key.kind === 'text' ? key.text : undefined;
}

interface Place {
  readonly path: YamlPath;
  readonly key: YamlNode | undefined;
  readonly node: YamlNode | undefined;
}

function* leaves(place: Place, firstLine: number): Generator<YamlEntry> {
  if (place.node === undefined) return;
  const node = content(place.node);
  if (node.kind === SCALAR_NODE || node.children.length === 0) {
    yield { path: place.path, key: positionOf(place.key, firstLine), value: position(node, firstLine) };
  } else if (node.kind === SEQUENCE_NODE) {
    for (const [index, item] of node.children.entries()) {
      yield* leaves({ path: [...place.path, index], key: undefined, node: item }, firstLine);
    }
  } else {
    for (const [name, { key, value }] of members(node)) {
      yield* leaves({ path: [...place.path, name], key, node: value }, firstLine);
    }
  }
}
