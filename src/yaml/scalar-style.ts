/** How a text may be written: libyaml's look at a scalar before it is emitted. */
import { code, isBlank, isBlankOrEnd, isBreak } from './characters.ts';
import { resolvePlain } from './resolve.ts';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

export interface ScalarLook {
  readonly multiline: boolean;
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly literalAllowed: boolean;
}

const harmless: ScalarLook = { multiline: false, plainAllowed: true, singleAllowed: true, literalAllowed: true };
const empty: ScalarLook = { multiline: false, plainAllowed: true, singleAllowed: true, literalAllowed: false };

/** Nothing in these needs a second look. */
const word = /^[A-Za-z0-9_/][A-Za-z0-9_./-]*$/;

/** Indicators that may not begin a plain scalar. */
const indicators = new Set(Array.from('#,[]{}&*!|>\'"%@`', (character) => character.charCodeAt(0)));

export type TabRule = 'quote-tabs' | 'tabs-in-literals';

export function lookAtScalar(value: string, tabs: TabRule): ScalarLook {
  if (value === '') return empty;
  if (word.test(value)) return harmless;
  let indicated = value.startsWith('---') || value.startsWith('...');
  let special = false;
  let tab = false;
  let multiline = false;
  let breakSpace = false;
  let spaceBreak = false;
  let afterBlank = true;
  let afterSpace = false;
  let afterBreak = false;
  const last = value.length - 1;
  for (let i = 0; i <= last; i++) {
    const c = value.charCodeAt(i);
    const beforeBlank = i === last || isBlank(value.charCodeAt(i + 1));
    if (i === 0 && indicators.has(c)) indicated = true;
    else if (c === code.colon) indicated ||= beforeBlank;
    else if (c === code.hash) indicated ||= afterBlank;
    else if (i === 0 && (c === code.question || c === code.minus)) indicated ||= beforeBlank;
    if (c === code.tab && tabs === 'tabs-in-literals') tab = true;
    else if (!isPrintable(c)) special = true;
    if (c === code.space) {
      if (afterBreak) breakSpace = true;
      afterSpace = true;
      afterBreak = false;
    } else if (isBreak(c)) {
      multiline = true;
      if (afterSpace) spaceBreak = true;
      afterSpace = false;
      afterBreak = true;
    } else {
      afterSpace = false;
      afterBreak = false;
    }
    afterBlank = isBlankOrEnd(c);
  }
  const first = value.charCodeAt(0);
  const leading = first === code.space || isBreak(first);
  const quoted = special || tab || spaceBreak;
  return {
    multiline,
    plainAllowed: !(indicated || quoted || multiline || leading || afterSpace || afterBreak),
    singleAllowed: !(quoted || breakSpace),
    literalAllowed: !(special || spaceBreak || afterSpace),
  };
}

/** What libyaml writes as it is. Characters beyond the basic plane count as unprintable. */
export function isPrintable(c: number): boolean {
  if (c < 0x7f) return c >= 0x20 || c === code.lineFeed;
  return c >= 0xa0 && (c < 0xd800 || (c > 0xdfff && c < 0xfffe && c !== code.byteOrderMark));
}

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** The style a text is asked to be written in; the emitter may have to choose a stronger one. */
export function wantedStyle(value: string): ScalarStyle {
  if (value.includes('\n')) return 'literal';
  return resolvePlain(value).type === 'text' && !base60.test(value) ? 'plain' : 'double';
}
