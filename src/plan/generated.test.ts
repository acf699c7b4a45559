import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Json, Resource } from '../resource/resource.ts';
import { keyId, keyOf } from '../resource/resource.ts';
import {
  differsBeyondDrawn,
  type GeneratedLeaves,
  generatedLeaves,
  leafKey,
  recordedForms,
  settle,
  settleAll,
  withPlaceholders,
} from './generated.ts';
import { readDrawn } from './generated-values.ts';
import { readablePlaceholders } from './placeholder.ts';

/** A chart as the tests need it: what it makes of what it drew. */
type Chart = (drawn: readonly string[]) => readonly Resource[];

const first = ['AAAAAAAA', 'BBBB', 'CCCCCC'];
const second = ['DDDDDDDD', 'EEEE', 'FFFFFF'];
const live = ['hunter22', 'pass', '987654'];

describe('what is drawn', () => {
  test('is found in values, in base64, in longer texts and in what follows from it', () => {
    const leaves = leavesOf(([password, , pin]) => [
      secret({ password: base64(password), url: base64(`amqp://u:${password}@mq`), fixed: base64('x') }),
      configMap({ pin, sum: sha256(password) }),
    ]);

    const found = [...leaves].flatMap(([id, of]) => of.map((leaf) => `${id} ${leafKey(leaf)} ${leaf.holds}`));
    expect(found).toEqual([
      '/Secret/shop/db ["data","password"] drawn',
      '/Secret/shop/db ["data","url"] more',
      '/ConfigMap/shop/env ["data","pin"] drawn',
      '/ConfigMap/shop/env ["data","sum"] more',
    ]);
  });

  test.each<[string, Chart, string, string]>([
    ['a name', ([name]) => [{ ...configMap({}), metadata: { name: `job-${name}`, namespace: 'shop' } }], 'job-', ''],
    ['a key', ([name]) => [configMap({ [name ?? '']: '1' })], 'env', 'data.'],
    ['a length', ([name]) => [list(name === first[0] ? [1] : [1, 2])], 'list', 'items'],
  ])('is no value where it is %s', (_, chart, name, path) => {
    const wrong = tried(chart);
    if (!('wrong' in wrong)) throw new Error('it was accepted');
    expect(wrong.wrong.object.metadata.name).toContain(name);
    expect(wrong.wrong.path).toContain(path);
  });

  test('has a form in which no secret of the run stands where there is no key', () => {
    const chart =
      (password: string): Chart =>
      ([drawn]) => [secret({ conf: base64(`${password} ${drawn}`) })];
    const form = (password: string, key: string | undefined) =>
      Object.values(recordedForms(leavesOf(chart(password), { key, secrets: [password] })))[0];
    expect(form('s3cret-one', undefined)).toEqual(form('s3cret-two', undefined));
    expect(form('s3cret-one', 'key')).not.toEqual(form('s3cret-two', 'key'));
  });
});

describe('an object', () => {
  const chart: Chart = ([password]) => [configMap({ id: password ?? '', sum: sha256(`a ${password}`) })];
  const leaves = leavesOf(chart);
  const [rendered] = chart(first);
  const [there] = chart(live);
  const of = leaves.get('/ConfigMap/shop/env') ?? [];
  const forms = recordedForms(leaves)['/ConfigMap/shop/env'];
  const settling = { resource: rendered as Resource, leaves: of, forms, recorded: there, live: there };

  test('keeps what was recorded as long as it is drawn and made in the same way', () => {
    expect(settle(settling)).toMatchObject({ resource: there, open: [] });
  });

  test('is generated where it was made in another way, but for what is drawn and nothing else', () => {
    const { resource, open } = settle({ ...settling, forms: {} });
    expect(open.map(leafKey)).toEqual(['["data","sum"]']);
    expect(readablePlaceholders(JSON.stringify(withPlaceholders(resource, open)['data']))).toBe(
      '{"id":"hunter22","sum":"‹generated at apply›"}',
    );
  });

  test('of which the drawn part is gone takes all with it that may follow from it', () => {
    const { resource, leaves: secretLeaves } = ofSecret();
    const lost = { resource, leaves: secretLeaves, forms: formsOf(secretLeaves), recorded: undefined, live: undefined };
    const settled = settleAll([lost, settling]);
    expect(settled.map(({ open }) => open.map(leafKey))).toEqual([['["data","password"]'], ['["data","sum"]']]);
  });

  test('is the same placeholder only in the same form', () => {
    const other = leavesOf(([password]) => [configMap({ id: password ?? '', sum: sha256(`b ${password}`) })]);
    const shown = (some: GeneratedLeaves) =>
      withPlaceholders(rendered as Resource, some.get('/ConfigMap/shop/env') ?? []);
    expect(shown(leaves)).toEqual(shown(leavesOf(chart)));
    expect(shown(leaves)).not.toEqual(shown(other));
  });

  test('may be no more than was shown', () => {
    const drawn = (id: string, extra: Record<string, string> = {}) => [
      configMap({ id, sum: sha256(`a ${id}`), ...extra }),
    ];
    expect(differsBeyondDrawn(chart(first), drawn('x'), leaves)).toBeUndefined();
    expect(differsBeyondDrawn(chart(first), drawn('x', { more: '1' }), leaves)).toBe('ConfigMap shop/env data');
    expect(differsBeyondDrawn(chart(first), [...drawn('x'), secret({})], leaves)).toBe('Secret shop/db');
    const fixed = [configMap({ id: 'x', sum: 'y', kind: 'a' })];
    expect(differsBeyondDrawn([configMap({ id: 'x', sum: 'y', kind: 'b' })], fixed, leaves)).toBe(
      'ConfigMap shop/env data.kind',
    );
  });
});

describe('a value that was drawn before', () => {
  test.each<[string, (drawn: string) => string]>([
    ['alone', (drawn) => drawn],
    ['in base64', base64],
    ['in lower case', (drawn) => drawn.toLowerCase()],
    ['cut off', (drawn) => drawn.slice(0, 6)],
    ['with its last line feed gone', (drawn) => `${drawn}\n`.trim()],
  ])('is read where it stands %s', (_, form) => {
    const { values } = readBack(([drawn = '']) => [secret({ a: form(drawn) })]);
    expect(form(values.get('draw 0')?.[0] ?? '')).toBe(form('hunter22'));
  });

  test('is cut out of a text, also with others in it', () => {
    const { values, unreadable } = readBack(([a, b]) => [secret({ url: base64(`amqp://${b}:${a}@mq/x`) })]);
    expect([values.get('draw 0'), values.get('draw 1')]).toEqual([['hunter22'], ['pass']]);
    expect(unreadable).toEqual([]);
  });

  test('is not guessed where it could begin in two places', () => {
    const { values } = readBack(([a, b]) => [secret({ url: base64(`${a}-${b}`) })], ['one-two', 'x', '']);
    expect(values.has('draw 0')).toBe(false);
  });

  test('is believed where it stands alone rather than in a text', () => {
    const there = [secret({ url: base64('amqp://u:old@mq'), password: base64('new') })];
    const chart: Chart = ([a]) => [secret({ url: base64(`amqp://u:${a}@mq`), password: base64(a) })];
    expect(readBack(chart, live, there).values.get('draw 0')).toEqual(['new']);
  });

  test.each([
    ['after', 'amqp://u:hunter22@old/x', 'amqp://u:', '@new/y'],
    ['before', 'one:hunter22@mq/x', 'two:', '@mq/x'],
  ])('is cut out where the text %s it was written anew', (_, there, before, after) => {
    const chart: Chart = ([a]) => [secret({ url: base64(`${before}${a}${after}`) })];
    expect(readBack(chart, live, [secret({ url: base64(there) })]).values.get('draw 0')).toEqual(['hunter22']);
  });

  test('is not cut out where it is of another length or followed by more', () => {
    const chart: Chart = ([a]) => [secret({ url: base64(`amqp://u:${a}@new/y`) })];
    for (const there of ['amqp://u:hunter2@old/x', 'amqp://u:hunter22/old', 'amqp://u:hunter222@old'])
      expect(readBack(chart, live, [secret({ url: base64(there) })]).values.has('draw 0')).toBe(false);
  });

  test('is named where the text around it was written anew', () => {
    const there = [secret({ url: base64('amqp://u:hunter22@old/x') })];
    const { values, unreadable } = readBack(
      ([a]) => [secret({ url: base64(`amqp+tls://u1:${a}@new/y`) })],
      live,
      there,
    );
    expect(values.has('draw 0')).toBe(false);
    expect(unreadable.map(({ place }) => place)).toEqual(['Secret shop/db data.url']);
  });

  test('is a number where it is drawn as one', () => {
    const chart: Chart = ([, , pin]) => [{ ...configMap({}), spec: { port: Number.parseInt(pin ?? '', 16) } }];
    const draws = (drawn: readonly string[]) => [draw(0, String(Number.parseInt(drawn[2] ?? '', 16)))];
    const [a, b, c] = [first, second, live].map((drawn) => ({ objects: chart(drawn), draws: draws(drawn) }));
    const leaves = generatedLeaves({
      first: a as never,
      second: b as never,
      key: undefined,
      secrets: [],
    }) as GeneratedLeaves;
    const { values } = readDrawn({ first: a as never, second: b as never, leaves, live: byKey(c?.objects ?? []) });
    expect(values.get('draw 0')).toEqual([String(0x987654)]);
  });
});

function ofSecret() {
  const chart: Chart = ([password]) => [secret({ password: base64(password) })];
  return { resource: chart(first)[0] as Resource, leaves: leavesOf(chart).get('/Secret/shop/db') ?? [] };
}

function formsOf(leaves: Parameters<typeof settle>[0]['leaves']): Readonly<Record<string, string>> {
  return Object.fromEntries(leaves.map((leaf) => [leafKey(leaf), leaf.form]));
}

function tried(chart: Chart, options: { key?: string | undefined; secrets?: readonly string[] } = {}) {
  const rendering = (drawn: readonly string[]) => ({
    objects: chart(drawn),
    draws: drawn.map((text, at) => draw(at, text)),
  });
  return generatedLeaves({
    first: rendering(first),
    second: rendering(second),
    key: options.key,
    secrets: options.secrets ?? [],
  });
}

function leavesOf(chart: Chart, options: Parameters<typeof tried>[1] = {}): GeneratedLeaves {
  const found = tried(chart, options);
  if ('wrong' in found) throw new Error(found.wrong.path);
  return found;
}

function readBack(chart: Chart, drawn = live, there = chart(drawn)) {
  const rendering = (texts: readonly string[]) => ({
    objects: chart(texts),
    draws: texts.map((text, at) => draw(at, text)),
  });
  return readDrawn({
    first: rendering(first),
    second: rendering(second),
    leaves: leavesOf(chart),
    live: byKey(there),
  });
}

function draw(at: number, text: string) {
  return { id: `draw ${at}`, texts: [text], authority: undefined };
}

function byKey(objects: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map(objects.map((object) => [keyId(keyOf(object)), object]));
}

function secret(data: Record<string, string>): Resource {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data };
}

function configMap(data: Record<string, string | undefined>): Resource {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'env', namespace: 'shop' },
    data: data as Json as never,
  };
}

function list(items: readonly Json[]): Resource {
  return { apiVersion: 'v1', kind: 'X', metadata: { name: 'list', namespace: 'shop' }, items };
}

function base64(text: string | undefined): string {
  return Buffer.from(text ?? '').toString('base64');
}

function sha256(text: string | undefined): string {
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}
