import type { ByteString } from '../../bytes.ts';

/** What one element of a Go time layout stands for. */
export type Element =
  | 'longMonth'
  | 'month'
  | 'numMonth'
  | 'zeroMonth'
  | 'longWeekDay'
  | 'weekDay'
  | 'day'
  | 'underDay'
  | 'zeroDay'
  | 'underYearDay'
  | 'zeroYearDay'
  | 'hour'
  | 'hour12'
  | 'zeroHour12'
  | 'minute'
  | 'zeroMinute'
  | 'second'
  | 'zeroSecond'
  | 'longYear'
  | 'year'
  | 'PM'
  | 'pm'
  | 'zoneName'
  | 'offset'
  | 'fraction0'
  | 'fraction9';

/** How an `offset` element is written. */
export interface OffsetForm {
  /** `Z` for UTC. */
  readonly z: boolean;
  readonly colon: boolean;
  readonly parts: 'hours' | 'minutes' | 'seconds';
}

/** A piece of a layout: literal text, then an element (the last piece has none). */
export interface Piece {
  readonly literal: ByteString;
  readonly element?: Element;
  /** The layout text of the element. */
  readonly text: ByteString;
  readonly offset?: OffsetForm;
}

/** Elements by the text that stands for them; of those that begin alike the longer comes first. */
const WORDS: readonly (readonly [string, Element])[] = [
  ['January', 'longMonth'],
  ['Jan', 'month'],
  ['Monday', 'longWeekDay'],
  ['Mon', 'weekDay'],
  ['MST', 'zoneName'],
  ['01', 'zeroMonth'],
  ['002', 'zeroYearDay'],
  ['02', 'zeroDay'],
  ['03', 'zeroHour12'],
  ['04', 'zeroMinute'],
  ['05', 'zeroSecond'],
  ['06', 'year'],
  ['15', 'hour'],
  ['1', 'numMonth'],
  ['2006', 'longYear'],
  ['2', 'day'],
  ['__2', 'underYearDay'],
  ['_2', 'underDay'],
  ['3', 'hour12'],
  ['4', 'minute'],
  ['5', 'second'],
  ['PM', 'PM'],
  ['pm', 'pm'],
];

const OFFSETS: readonly (readonly [string, Omit<OffsetForm, 'z'>])[] = [
  ['070000', { colon: false, parts: 'seconds' }],
  ['07:00:00', { colon: true, parts: 'seconds' }],
  ['0700', { colon: false, parts: 'minutes' }],
  ['07:00', { colon: true, parts: 'minutes' }],
  ['07', { colon: false, parts: 'hours' }],
];

const FRACTION = /[.,](0+|9+)(?![0-9])/y;

/** Splits a layout such as `2006-01-02T15:04:05Z07:00` into its pieces. */
export function readLayout(layout: ByteString): Piece[] {
  const pieces: Piece[] = [];
  let literalStart = 0;
  for (let at = 0; at < layout.length; ) {
    const found = elementAt(layout, at);
    if (found === undefined) {
      at++;
      continue;
    }
    pieces.push({ literal: layout.slice(literalStart, at), ...found });
    at += found.text.length;
    literalStart = at;
  }
  pieces.push({ literal: layout.slice(literalStart), text: '' });
  return pieces;
}

function elementAt(layout: ByteString, at: number): Omit<Piece, 'literal'> | undefined {
  const first = layout[at];
  if (first === '-' || first === 'Z') {
    const found = OFFSETS.find(([text]) => layout.startsWith(text, at + 1));
    return found && { element: 'offset', text: first + found[0], offset: { z: first === 'Z', ...found[1] } };
  }
  if (first === '.' || first === ',') {
    FRACTION.lastIndex = at;
    const [text, digits] = FRACTION.exec(layout) ?? [];
    if (text === undefined) return undefined;
    return { element: digits?.startsWith('0') ? 'fraction0' : 'fraction9', text };
  }
  // `_2006` is an underscore and a year, not a padded day.
  if (layout.startsWith('_2006', at)) return undefined;
  const found = WORDS.find(([text]) => layout.startsWith(text, at));
  if (found === undefined) return undefined;
  const [text, element] = found;
  // `Month` is a word of its own, as is `Janet`.
  if ((element === 'month' || element === 'weekDay') && /[a-z]/.test(layout[at + 3] ?? '')) return undefined;
  return { element, text };
}
