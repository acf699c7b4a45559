/**
 * Changing one value of a YAML file that people keep by hand: comments, order, quotes and line ends stay.
 *
 * Where the change is one of lines or of one scalar, the text itself is changed and nothing else moves. The rest goes
 * through the `yaml` library's document model, which keeps comments but may respace what is around. Either way the
 * result is read again, and it must be the old data with exactly that change.
 */
import { isCollection, parseDocument } from 'yaml';
import { editText, type YamlEdit } from './edit-text.ts';
import { writeJson } from './go-json.ts';
import type { YamlPath } from './positions.ts';
import { readYaml, readYamlNode, type YamlObject, type YamlValue } from './read.ts';
import { writeYamlUnfolded } from './write.ts';
import { YamlError } from './yaml-error.ts';

export type { YamlEdit } from './edit-text.ts';

/**
 * The text with the value at a path set or taken out. Mappings that are missing on the way are made; a list grows by
 * its next index; taking out what is not there changes nothing. Throws YamlError when the text cannot be read or
 * holds several documents, or when more would change than asked for (the value comes from an alias or a merge).
 */
export function editYaml(text: string, path: YamlPath, edit: YamlEdit): string {
  const before = readYaml(text);
  const goal = changed(before, path, edit);
  const wanted = writeJson(goal);
  if ('set' in edit) refuseOtherShapes(before, path);
  if (wanted === writeJson(before)) return text;
  const root = readYamlNode(text);
  const candidates = [
    () => (root === undefined ? undefined : editText({ text, root, path, edit })),
    () => (before === null ? appended(text, goal) : editDocument(text, path, edit)),
  ];
  for (const candidate of candidates) {
    const edited = candidate();
    if (edited !== undefined && reads(edited, wanted)) return edited;
  }
  throw cannotChange(path, 'it is shared with other places, or the text holds several documents');
}

function cannotChange(path: YamlPath, reason: string): YamlError {
  const problem = `cannot change ${path.join('.')}: ${reason}`;
  return new YamlError({ kind: 'content', problem, message: `yaml: ${problem}` });
}

/** A text without data keeps its comments in front. */
function appended(text: string, value: YamlValue): string {
  return (text === '' || text.endsWith('\n') ? text : `${text}\n`) + writeYamlUnfolded(value);
}

function refuseOtherShapes(value: YamlValue, path: YamlPath): void {
  let inner: YamlValue | undefined = value;
  for (const step of path) {
    if (inner === null || inner === undefined) return;
    if (typeof inner !== 'object') throw cannotChange(path, 'what is there is no mapping');
    if (Array.isArray(inner) && !/^\d+$/.test(String(step))) throw cannotChange(path, 'a list has no keys');
    inner = (inner as YamlObject)[step];
  }
}

function reads(text: string, wanted: string): boolean {
  try {
    return writeJson(readYaml(text)) === wanted;
  } catch (error) {
    if (error instanceof YamlError) return false;
    throw error;
  }
}

function editDocument(text: string, path: YamlPath, edit: YamlEdit): string | undefined {
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false });
  if (document.errors.length > 0) return undefined;
  if ('remove' in edit) {
    if (!document.hasIn(path)) return undefined;
    document.deleteIn(path);
  } else {
    const missing = firstMissing((depth) => document.hasIn(path.slice(0, depth)), path.length);
    const into = document.getIn(path.slice(0, missing - 1), true);
    if (into !== undefined && !isCollection(into)) return undefined;
    const value = path.slice(missing).reduceRight<YamlValue>((inner, step) => ({ [step]: inner }), edit.set);
    document.setIn(path.slice(0, missing), document.createNode(value));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function firstMissing(has: (depth: number) => boolean, depth: number): number {
  for (let i = 1; i < depth; i++) {
    if (!has(i)) return i;
  }
  return depth;
}

function changed(value: YamlValue | undefined, path: YamlPath, edit: YamlEdit): YamlValue {
  const [step, ...rest] = path;
  if (step === undefined) return 'set' in edit ? edit.set : null;
  if (Array.isArray(value)) return changedList(value as readonly YamlValue[], Number(step), rest, edit);
  if (typeof value !== 'object' && value !== undefined) {
    return value;
  }
  const entries = new Map<string, YamlValue>(Object.entries((value ?? {}) as YamlObject));
  const key = String(step);
  if (rest.length === 0 && 'remove' in edit) entries.delete(key);
  else if ('set' in edit || entries.has(key)) entries.set(key, changed(entries.get(key), rest, edit));
  if ('remove' in edit && value === null) return null;
  return Object.assign(Object.create(null), Object.fromEntries(entries)) as YamlObject;
}

function changedList(items: readonly YamlValue[], index: number, rest: YamlPath, edit: YamlEdit): YamlValue {
  const exists = index < items.length;
  if ('remove' in edit) {
    if (!exists) return items;
    if (rest.length === 0) return items.toSpliced(index, 1);
  }
  return items.toSpliced(Math.min(index, items.length), exists ? 1 : 0, changed(items[index], rest, edit));
}
