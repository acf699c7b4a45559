/** What calls drew at an earlier apply, read from what is there: as it stands, in base64, and inside a longer text. */
import type { Resource } from '../resource/resource.ts';
import { formatKey, keyId, keyOf } from '../resource/resource.ts';
import { withEncodedStringData } from '../resource/secret.ts';
import {
  type DrawnTexts,
  decodedText,
  type GeneratedLeaf,
  type GeneratedLeaves,
  leafValue,
  type StandInRendering,
} from './generated.ts';
import { formatPath } from './path.ts';

export interface ReadBack {
  readonly first: StandInRendering;
  readonly second: StandInRendering;
  readonly leaves: GeneratedLeaves;
  /** By `keyId`, values of Secrets included. */
  readonly live: ReadonlyMap<string, Resource>;
}

/** A drawn value that is there, and that cannot be told from the text around it. */
export interface Unreadable {
  readonly id: string;
  /** `Secret shop/db data.url` */
  readonly place: string;
  readonly object: string;
  readonly leaf: GeneratedLeaf;
}

export interface DrawnBefore {
  /** By the call's id, in the order of its texts. */
  readonly values: ReadonlyMap<string, readonly (string | undefined)[]>;
  readonly unreadable: readonly Unreadable[];
}

/** One text of one call, with both sets of stand-ins. */
interface Text {
  readonly id: string;
  readonly index: number;
  readonly of: number;
  readonly first: string;
  readonly second: string;
}

/** A leaf as rendered with both, and as it is there. */
interface Sight {
  readonly first: string;
  readonly second: string;
  readonly live: string;
}

/** Of more drawn values in one text, or a longer one, it would take too long to find where each begins. */
const mostInside = 4;
const longestText = 65_536;

/** A shorter stand-in may stand in a text by chance. */
const shortestInside = 4;

export function readDrawn(options: ReadBack): DrawnBefore {
  const texts = textsOf(options);
  const values = new Map<string, (string | undefined)[]>();
  const keep = (text: Text, value: string): void => {
    const known = values.get(text.id) ?? Array.from({ length: text.of }, () => undefined);
    known[text.index] ??= value;
    values.set(text.id, known);
  };
  const sights = [...sightsOf(options)];
  // A value that stands alone is believed before one that is cut out of a text.
  for (const { forms } of sights) for (const sight of forms) for (const text of texts) keepWhole(sight, text, keep);
  for (const { forms } of sights) for (const sight of forms) keepInside(sight, texts, keep);
  for (const { forms } of sights) for (const sight of forms) keepBeside(sight, texts, keep, values);
  const unreadable = sights.flatMap(({ forms, object, leaf }) => {
    const missing = texts.find(
      (text) =>
        values.get(text.id)?.[text.index] === undefined &&
        text.of === 1 &&
        forms.some((sight) => isInside(sight, text)),
    );
    if (missing === undefined) return [];
    const place = `${formatKey(keyOf(object))} ${formatPath(leaf.path)}`;
    return [{ id: missing.id, place, object: keyId(keyOf(object)), leaf }];
  });
  return { values, unreadable };
}

function textsOf({ first, second }: ReadBack): readonly Text[] {
  const others = new Map(second.draws.map((draw) => [draw.id, draw]));
  return first.draws
    .flatMap((draw: DrawnTexts) =>
      draw.texts.map((text, index) => ({
        id: draw.id,
        index,
        of: draw.texts.length,
        first: text,
        second: others.get(draw.id)?.texts[index] ?? text,
      })),
    )
    .sort((a, b) => b.first.length - a.first.length);
}

function* sightsOf({ first, second, leaves, live }: ReadBack) {
  const others = new Map(second.objects.map((object) => [keyId(keyOf(object)), withEncodedStringData(object)]));
  for (const rendered of first.objects) {
    const object = withEncodedStringData(rendered);
    const id = keyId(keyOf(object));
    for (const leaf of leaves.get(id) ?? []) {
      const [one, other, there] = [object, others.get(id), live.get(id)].map((side) => {
        const value = leafValue(side, leaf);
        return value === undefined ? undefined : String(value);
      });
      if (one === undefined || other === undefined || there === undefined || there === '') continue;
      const plain = { first: one, second: other, live: there };
      const [a, b, c] = [one, other, there].map(decodedText);
      const decoded = a === undefined || b === undefined || c === undefined ? [] : [{ first: a, second: b, live: c }];
      yield { object, leaf, forms: [...decoded, plain] };
    }
  }
}

/** What charts do with a drawn text as a whole, and that doing it again leaves as it is. */
const wholeForms: readonly ((text: string, rendered: string) => string)[] = [
  (text) => text,
  (text) => text.trim(),
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text, rendered) => (rendered.length < shortestInside ? text : text.slice(0, rendered.length)),
];

function keepWhole(sight: Sight, text: Text, keep: (text: Text, value: string) => void): void {
  const form = wholeForms.find(
    (made) => made(text.first, sight.first) === sight.first && made(text.second, sight.second) === sight.second,
  );
  if (form === undefined) return;
  // PEM ends with a line feed, which YAML may have cut off.
  const end = text.first.endsWith('\n') && !sight.first.endsWith('\n') ? '\n' : '';
  keep(text, `${sight.live}${end}`);
}

function isInside({ first, second }: Sight, text: Text): boolean {
  return text.first.length >= shortestInside && first.includes(text.first) && second.includes(text.second);
}

function keepInside(sight: Sight, texts: readonly Text[], keep: (text: Text, value: string) => void): void {
  const inside = texts.filter((text) => isInside(sight, text));
  if (inside.length === 0 || sight.first === inside[0]?.first) return;
  const one = split(sight.first, inside, ({ first }) => first);
  const other = split(sight.second, inside, ({ second }) => second);
  if (!isSame(one.between, other.between) || !isSame(one.order, other.order)) return;
  if (one.order.length > mostInside || (one.order.length > 1 && sight.live.length > longestText)) return;
  const found = [match(one.between, sight.live, '+?'), match(one.between, sight.live, '+')];
  const [shortest, longest] = found;
  // Where there is more than one way to cut it, none is believed.
  if (shortest === undefined || longest === undefined || !isSame(shortest, longest)) return;
  const byText = new Map<Text, string>();
  for (const [at, text] of one.order.entries()) {
    const value = shortest[at] ?? '';
    if ((byText.get(text) ?? value) !== value) return;
    byText.set(text, value);
  }
  for (const [text, value] of byText) keep(text, value);
}

/**
 * Cut out of a text of which one end was written anew: the other end is as it was, what follows is of the same length
 * and signs as the stand-in, and then comes the sign that comes next in the rendering.
 */
function keepBeside(
  sight: Sight,
  texts: readonly Text[],
  keep: (text: Text, value: string) => void,
  known: ReadonlyMap<string, readonly (string | undefined)[]>,
): void {
  const [text, ...others] = texts.filter((one) => isInside(sight, one));
  if (text === undefined || others.length > 0 || known.get(text.id)?.[text.index] !== undefined) return;
  const { between } = split(sight.first, [text], ({ first }) => first);
  const [before, after] = between;
  if (before === undefined || after === undefined || between.length !== 2 || !/^[A-Za-z0-9]+$/.test(text.first)) return;
  const { length } = text.first;
  const starts = [before.length, sight.live.length - after.length - length];
  for (const [side, start] of starts.entries()) {
    if (
      start < 0 ||
      !(side === 0 ? before !== '' && sight.live.startsWith(before) : after !== '' && sight.live.endsWith(after))
    )
      continue;
    const value = sight.live.slice(start, start + length);
    const next = side === 0 ? sight.live.charAt(start + length) : sight.live.charAt(start - 1);
    const expected = side === 0 ? after.charAt(0) : before.slice(-1);
    if (!/^[A-Za-z0-9]+$/.test(value) || value.length !== length || next !== expected || /\w/.test(next)) continue;
    keep(text, value);
    return;
  }
}

/** The text between the stand-ins, and which stand-ins are between. */
function split(value: string, texts: readonly Text[], side: (text: Text) => string) {
  const between: string[] = [];
  const order: Text[] = [];
  let rest = value;
  for (;;) {
    const next = texts
      .map((text) => ({ text, at: rest.indexOf(side(text)) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at || side(b.text).length - side(a.text).length)[0];
    if (next === undefined) return { between: [...between, rest], order };
    between.push(rest.slice(0, next.at));
    order.push(next.text);
    rest = rest.slice(next.at + side(next.text).length);
  }
}

function match(between: readonly string[], live: string, many: '+' | '+?'): readonly string[] | undefined {
  const pattern = between.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join(`([^]${many})`);
  return new RegExp(`^${pattern}$`).exec(live)?.slice(1);
}

function isSame<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
