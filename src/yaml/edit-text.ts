/** Edits of the text itself: of the one scalar, or of the lines, that a change is about. */
import { formatJsonString } from './go-json.ts';
import { isMergeKey, keyText } from './key.ts';
import { ALIAS_NODE, MAPPING_NODE, SCALAR_NODE, SEQUENCE_NODE, type YamlNode } from './node.ts';
import type { YamlPath } from './positions.ts';
import type { YamlValue } from './read.ts';
import { writeYamlUnfolded } from './write.ts';

/** A new value, or `remove` to take the key or list entry out. */
export type YamlEdit = { readonly set: YamlValue } | { readonly remove: true };

export interface TextEdit {
  readonly text: string;
  readonly root: YamlNode;
  readonly path: YamlPath;
  readonly edit: YamlEdit;
}

/** What a path leads to; `key` of mapping members, `parent` and `index` (of the child) of all but the root. */
interface Found {
  readonly node: YamlNode;
  readonly key: YamlNode | undefined;
  readonly parent: YamlNode | undefined;
  readonly inFlow: boolean;
}

/** The edited text, or undefined when the change is not one of a scalar or of whole lines. */
export function editText({ text, root, path, edit }: TextEdit): string | undefined {
  let found: Found = { node: root, key: undefined, parent: undefined, inFlow: root.flow };
  for (const [depth, step] of path.entries()) {
    const next = child(found, step);
    if (next !== undefined) {
      found = next;
      continue;
    }
    if (found.node.kind === ALIAS_NODE || 'remove' in edit) return undefined;
    const inner = path.slice(depth + 1).reduceRight<YamlValue>((value, key) => ({ [key]: value }), edit.set);
    return insert(text, found, step, inner);
  }
  return 'set' in edit ? replace(text, found, edit.set) : remove(text, found);
}

function child(from: Found, step: string | number): Found | undefined {
  const { node } = from;
  if (node.kind === SEQUENCE_NODE) {
    const item = node.children[Number(step)];
    return item && { node: item, key: undefined, parent: node, inFlow: from.inFlow || item.flow };
  }
  if (node.kind !== MAPPING_NODE) return undefined;
  for (let i = node.children.length - 2; i >= 0; i -= 2) {
    const key = node.children[i] as YamlNode;
    const value = node.children[i + 1] as YamlNode;
    if (isNamed(key, String(step))) return { node: value, key, parent: node, inFlow: from.inFlow || value.flow };
  }
  return undefined;
}

function isNamed(key: YamlNode, name: string): boolean {
  if (key.kind !== SCALAR_NODE || isMergeKey(key)) return false;
  const text = keyText(key);
  return text.kind === 'text' && text.text === name;
}

function replace(text: string, found: Found, value: YamlValue): string | undefined {
  const { node, key, parent } = found;
  if (/^[&!*]/.test(text.slice(node.start, node.end))) return undefined;
  const isInline = node.kind === SCALAR_NODE && !/^[|>]/.test(text.slice(node.start, node.end));
  const scalar = isInline
    ? inlineScalar(value, text.slice(node.start, node.end), found.inFlow ? 'flow' : 'block')
    : undefined;
  if (scalar !== undefined) {
    const before = text.slice(0, node.start);
    return before + (/[:-]$/.test(before) ? ' ' : '') + scalar + text.slice(node.end);
  }
  if (key === undefined || parent === undefined || parent.flow || (found.inFlow && !node.flow)) return undefined;
  const lines = withLineEnds(text, indented(writeYamlUnfolded({ k: value }).slice(1, -1), key.column));
  const endsLine = text[node.end - 1] === '\n' ? lineEndOf(text) : '';
  return text.slice(0, key.end) + lines + endsLine + text.slice(node.end);
}

/** A scalar in the quotes of the one it replaces, or undefined when it is none or takes several lines. */
function inlineScalar(value: YamlValue, old: string, place: 'block' | 'flow'): string | undefined {
  if (typeof value === 'object' && value !== null) return undefined;
  if (typeof value === 'string') {
    if (value.includes('\n') && place === 'block') return undefined;
    if (old.startsWith('"') || (place === 'flow' && !/^[\w./-]+$/.test(value))) return formatJsonString(value);
    if (old.startsWith("'") && /^[ -~]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  }
  return writeYamlUnfolded(value).slice(0, -1);
}

function insert(text: string, into: Found, step: string | number, value: YamlValue): string | undefined {
  const { node } = into;
  const [first] = node.children;
  if (first === undefined) return into.key === undefined ? undefined : replace(text, into, { [step]: value });
  if (into.inFlow) return undefined;
  if (node.kind === MAPPING_NODE) {
    return insertLines(
      text,
      node.end,
      indented(`${' '.repeat(first.column)}${writeYamlUnfolded({ [step]: value })}`, first.column),
    );
  }
  const dash = dashBefore(text, first);
  if (dash === undefined || Number(step) !== node.children.length) return undefined;
  const column = dash - lineStart(text, dash);
  return insertLines(text, node.end, indented(`${' '.repeat(column)}${writeYamlUnfolded([value])}`, column));
}

function insertLines(text: string, behind: number, lines: string): string {
  const at = lineEnd(text, behind);
  const added = withLineEnds(text, lines);
  const eol = lineEndOf(text);
  if (at === text.length && !text.endsWith('\n')) return text + eol + added.slice(0, -eol.length);
  return text.slice(0, at) + added + text.slice(at);
}

/** Takes whole lines out; the last member of a collection cannot go this way, and none that shares its line. */
function remove(text: string, { node, key, parent, inFlow }: Found): string | undefined {
  if (parent === undefined || parent.flow || (inFlow && !node.flow)) return undefined;
  if (parent.children.length <= (key === undefined ? 1 : 2)) return undefined;
  const first = key === undefined ? dashBefore(text, node) : key.start;
  if (first === undefined) return undefined;
  const start = lineStart(text, first);
  if (text.slice(start, first).trim() !== '') return undefined;
  return text.slice(0, start) + text.slice(lineEnd(text, node.end));
}

/** The `-` in front of a list entry. */
function dashBefore(text: string, item: YamlNode): number | undefined {
  let at = item.start - 1;
  while (at >= 0 && /\s/.test(text.charAt(at))) at--;
  return text[at] === '-' ? at : undefined;
}

function indented(lines: string, column: number): string {
  return lines.replace(/\n(?=[^\n])/g, `\n${' '.repeat(column)}`);
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Behind the line break that ends the line of the character before `at`. */
function lineEnd(text: string, at: number): number {
  if (text[at - 1] === '\n') return at;
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function withLineEnds(text: string, lines: string): string {
  return lines.replaceAll('\n', lineEndOf(text));
}
