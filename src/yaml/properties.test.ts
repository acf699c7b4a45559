import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { editYaml } from './edit.ts';
import { writeJson } from './go-json.ts';
import { readYamlWithPositions } from './positions.ts';
import { readYaml, type YamlValue } from './read.ts';
import { writeYaml } from './write.ts';
import { YamlError } from './yaml-error.ts';

/** What holds for any data and any text. The seed is fixed so that a failure can be met again. */
const settings = { seed: 20261121, numRuns: 400 };

const keys = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'yes', '012', '~', '<<', 'a'),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc
    .array(fc.constantFrom('\n', ' ', '\t', 'a', ': ', '#', '\x85', '\u2028', '\ufeff', '\x7f', '\r'))
    .map((parts) => parts.join('')),
  fc.constantFrom('yes', '~', '1e3', '0o7', '- a', 'a: b', '2020-01-01', ' a\n b\n', '\n', '#'),
);
const scalars = fc.oneof(
  texts,
  // YAML has no -0 among its integers.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const data = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalars, fc.array(tie('value'), { maxLength: 4 }), tie('object')),
  object: fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
})).value as fc.Arbitrary<YamlValue>;

test('what is written reads as the same data', () => {
  fc.assert(
    fc.property(data, (value) => {
      const json = writeJson(value);
      expect(writeJson(readYaml(writeYaml(value), { integers: 'float64' }))).toBe(json);
    }),
    settings,
  );
});

const fragments = fc.constantFrom(
  ...['a', '__proto__', 'constructor', ': ', ':', '\n', '\n  ', '- ', '[', ']', '{', '}', ', ', '&x ', '*x', '<<: *x'],
  ...['!!str ', '"', "'", '|\n', '>', '? ', '#', ' ', '\t', '~', '1', 'yes', '---\n', '{__proto__: {polluted: 1}}'],
);
const soup = fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join(''));

test('any text is data or a YamlError, and leaves the prototypes alone', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  fc.assert(
    fc.property(soup, (text) => {
      try {
        const { value, leaves } = readYamlWithPositions(text);
        for (const leaf of leaves()) expect(leaf.value.start).toBeLessThanOrEqual(text.length);
        hasNoForeignPrototype(value);
      } catch (error) {
        expect(error).toBeInstanceOf(YamlError);
      }
    }),
    { ...settings, numRuns: 2000 },
  );
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

function hasNoForeignPrototype(value: YamlValue): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) expect(Object.getPrototypeOf(value)).toBeNull();
  for (const member of Object.values(value)) hasNoForeignPrototype(member);
}

test('an edit changes what it was asked to change, and nothing else', () => {
  fc.assert(
    fc.property(fc.dictionary(keys, data, { minKeys: 1, maxKeys: 4 }), scalars, (members, value) => {
      const [key = ''] = Object.keys(members);
      const edited = editYaml(writeYaml(members), [key], { set: value });
      const wanted = Object.assign(Object.create(null), Object.fromEntries(Object.entries(members)));
      wanted[key] = value;
      expect(writeJson(readYaml(edited, { integers: 'float64' }))).toBe(writeJson(wanted));
    }),
    settings,
  );
});
