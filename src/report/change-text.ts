/** A change in words and lines; the same words in comment, terminal and logs. */
import { diffLines } from 'diff';
import type { Action, Change, ConsequenceKind, FieldChange, Plan } from '../plan/plan.ts';

export const actionWord: Readonly<Record<Action, string>> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  adopt: 'adopted',
  keep: 'kept',
  run: 'run as hook',
  unchanged: 'unchanged',
};

/** What nobody may overlook; said in bold, in red, and on the line it comes from. */
export const dangerous: ReadonlySet<ConsequenceKind> = new Set(['policy', 'data-loss', 'rights', 'outage']);

export const actionSign: Readonly<Record<Action, string>> = {
  create: '+',
  update: '~',
  replace: '±',
  delete: '-',
  adopt: '»',
  keep: '=',
  run: '▸',
  unchanged: '=',
};

/** `2 updated, 1 deleted`, most frequent kinds of action in the order of the words of the design. */
export function countWords(changes: readonly Change[]): string {
  const order: readonly Action[] = ['create', 'update', 'replace', 'delete', 'adopt', 'keep', 'run'];
  const counts = order
    .map((action) => [action, changes.filter((change) => change.action === action).length] as const)
    .filter(([, count]) => count > 0);
  return counts.map(([action, count]) => `${count} ${actionWord[action]}`).join(', ');
}

export function changesOf(plan: Plan): readonly Change[] {
  return plan.releases.flatMap(({ changes }) => changes);
}

export function driftOf(plan: Plan): readonly Change[] {
  return plan.releases.flatMap(({ drifted }) => drifted);
}

/** A drifted change the way it happened: from what was applied to what is there now. */
export function asItHappened(change: Change): Change {
  const action = change.action === 'create' ? 'delete' : change.action;
  return { ...change, action, fields: change.fields.map((field) => ({ ...field, from: field.to, to: field.from })) };
}

/** The change in a few words: `replicas 3 → 2, image 1.12.8 → 1.13.0`. At most `most` fields, then how many more. */
export function changeWords(change: Change, most: number): string {
  if (change.action === 'create') return 'new';
  if (change.action === 'delete') return 'deleted';
  if (change.action === 'keep') return 'left in place, no longer managed';
  if (change.action === 'run' && change.fields.length === 0) return 'run again';
  const fields = fieldsToTell(change);
  const words = fields.slice(0, most).map(fieldWords);
  const more = fields.length - words.length;
  const list = words.join(', ') + (more > 0 ? ` and ${more} more` : '');
  return change.action === 'adopt' ? (list === '' ? 'taken over as it is' : `taken over: ${list}`) : list;
}

/** Whatever is taken over gets the label of its release: that is what taking over is, and no news beside it. */
function fieldsToTell({ action, fields }: Change): readonly FieldChange[] {
  return action === 'adopt' ? fields.filter(({ path }) => !path.endsWith(membership)) : fields;
}

const membership = '["applyset.kubernetes.io/part-of"]';

/** What the change means beyond what its words say already: `deleted` is not said twice. */
export function consequencesOf(change: Change): Change['consequences'] {
  return change.consequences.filter(({ text }) => text !== changeWords(change, 3));
}

function fieldWords({ path, from, to }: FieldChange): string {
  const name = lastName(path);
  const isShort = (value: string | undefined): value is string =>
    value !== undefined && value.length <= 40 && !value.includes('\n');
  if (from === undefined) return isShort(to) ? `${name} ${to} added` : `${name} added`;
  if (to === undefined) return `${name} removed`;
  if (!isShort(from) || !isShort(to)) return `${name} changed`;
  const [short, shortTo] = withoutCommonImage(from, to);
  return `${name} ${short} → ${shortTo}`;
}

/** For images, only what differs: the tag behind the same repository. */
function withoutCommonImage(from: string, to: string): readonly [string, string] {
  const split = (image: string): readonly [string, string] => {
    const colon = image.lastIndexOf(':');
    return colon > image.lastIndexOf('/') ? [image.slice(0, colon), image.slice(colon + 1)] : ['', image];
  };
  const [repository, tag] = split(from);
  const [newRepository, newTag] = split(to);
  return repository !== '' && repository === newRepository ? [tag, newTag] : [from, to];
}

function lastName(path: string): string {
  const { parent, last } = splitPath(path);
  if (!last.startsWith('[')) return last;
  const name = last.slice(1, -1);
  return /^\d+$/.test(name) ? `${splitPath(parent).last}${last}` : name.replace(/^"|"$/g, '');
}

/** `a.b[c].d` → `a.b[c]` and `d`; `a.b[c]` → `a.b` and `[c]`. */
function splitPath(path: string): { readonly parent: string; readonly last: string } {
  const match = /^(.*?)(?:\.([^.[\]]+)|(\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]))$/s.exec(path);
  if (match === null) return { parent: '', last: path };
  return { parent: match[1] ?? '', last: match[2] ?? match[3] ?? '' };
}

/**
 * The lines of a diff, each beginning with `+ `, `- ` or two blanks: fields grouped under the path of their parent,
 * long texts as the lines that differ with their neighbours.
 */
export function diffOf(change: Change): string[] {
  const lines: string[] = [];
  let group = '';
  for (const field of fieldsToTell(change)) {
    if (field.path === '') return wholeObject(field);
    const { parent, last } = splitPath(field.path);
    if (parent !== '' && parent !== group) lines.push(`  ${parent}:`);
    group = parent;
    lines.push(...fieldLines(field, last, parent === '' ? '' : '  '));
  }
  return lines;
}

function wholeObject({ from, to }: FieldChange): string[] {
  return [...signed('-', from, ''), ...signed('+', to, '')];
}

function signed(sign: string, value: string | undefined, indent: string): string[] {
  return value === undefined ? [] : value.split('\n').map((line) => `${sign} ${indent}${line}`);
}

function fieldLines({ from, to, origin }: FieldChange, last: string, indent: string): string[] {
  const name = last.startsWith('["') ? last.slice(2, -2) : last;
  if (from?.includes('\n') === true && to?.includes('\n') === true)
    return [`  ${indent}${name}: |`, ...textDiff(from, to, `${indent}  `)];
  return [...namedLines('-', name, from, indent), ...namedLines('+', name, to, indent, origin)];
}

function namedLines(sign: string, name: string, value: string | undefined, indent: string, origin?: string): string[] {
  if (value === undefined) return [];
  const comment = origin === undefined ? '' : `   # ${origin}`;
  if (!value.includes('\n')) return [`${sign} ${indent}${name}: ${value}${comment}`];
  return [`${sign} ${indent}${name}:${comment}`, ...signed(sign, value, `${indent}  `)];
}

const neighbours = 2;

function textDiff(from: string, to: string, indent: string): string[] {
  const marked = diffLines(withFinalNewline(from), withFinalNewline(to)).flatMap((part) =>
    part.value
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => ({ sign: part.added === true ? '+' : part.removed === true ? '-' : ' ', line })),
  );
  const isNear = (index: number): boolean =>
    marked.slice(Math.max(0, index - neighbours), index + neighbours + 1).some(({ sign }) => sign !== ' ');
  const lines: string[] = [];
  let skipped = 0;
  for (const [index, { sign, line }] of marked.entries()) {
    if (!isNear(index)) {
      skipped += 1;
      continue;
    }
    if (skipped > 0) lines.push(`  ${indent}… ${skipped} line${skipped === 1 ? '' : 's'} the same`);
    skipped = 0;
    lines.push(`${sign} ${indent}${line}`);
  }
  return lines;
}

function withFinalNewline(value: string): string {
  return value.endsWith('\n') ? value : `${value}\n`;
}
