import type { ByteString } from './bytes.ts';
import { isSpaceAt, trimSpace, trimSpaceLeft } from './chart/space.ts';
import type { SplitRule } from './profile.ts';

/**
 * Cuts a rendered file into its documents, as the given release of Helm does.
 *
 * - S0 (up to 4.1): a separator is `---` at the start or after a line break, with all blanks around it, line breaks
 *   and indentation included; every document is trimmed.
 * - S1 (4.2.0 to 4.2.3): the same separators, but only the left side of a document is trimmed.
 * - S2 (4.2.4): a separator is `---` at the start of a line with the blanks right after it; left side trimmed.
 */
export function splitDocuments(text: ByteString, rule: SplitRule): ByteString[] {
  const file = rule === 'S0' ? trimSpace(text) : trimSpaceLeft(text);
  const pieces = rule === 'S2' ? cutAtLines(file) : cutWithBlanks(file);
  return pieces
    .filter((piece) => (rule === 'S0' ? piece !== '' : trimSpace(piece) !== ''))
    .map((piece) => (rule === 'S0' ? trimSpace(piece) : trimSpaceLeft(piece)));
}

/** Cuts at `(?m)^---[ \t]*`. */
function cutAtLines(text: ByteString): ByteString[] {
  const pieces: ByteString[] = [];
  let start = 0;
  for (let mark = nextLineMark(text, 0); mark >= 0; mark = nextLineMark(text, start)) {
    pieces.push(text.slice(start, mark));
    start = mark + 3;
    while (text[start] === ' ' || text[start] === '\t') start++;
  }
  pieces.push(text.slice(start));
  return pieces;
}

function nextLineMark(text: ByteString, from: number): number {
  if (from === 0 && text.startsWith('---')) return 0;
  const found = text.indexOf('\n---', Math.max(0, from - 1));
  return found < 0 ? -1 : found + 1;
}

/**
 * Cuts at `(?:^|\s*\n)---\s*`. By hand, because a chart decides how long the runs of blanks are and a backtracking
 * regular expression would try each of their beginnings.
 */
function cutWithBlanks(text: ByteString): ByteString[] {
  const pieces: ByteString[] = [];
  let start = 0;
  let from = 0;
  for (;;) {
    const atStart = from === 0 && text.startsWith('---');
    const mark = atStart ? 0 : text.indexOf('\n---', from);
    if (mark < 0) break;
    let end = mark;
    while (end > start && isSpaceAt(text, end - 1)) end--;
    pieces.push(text.slice(start, atStart ? 0 : end));
    start = mark + (atStart ? 3 : 4);
    while (isSpaceAt(text, start)) start++;
    from = start;
  }
  pieces.push(text.slice(start));
  return pieces;
}
