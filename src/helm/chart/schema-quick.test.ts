import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileSchema, readerFor, UnusableSchema } from './schema-library.ts';
import { type Draft, quickCheck, quickKeywords, refusedKeywords } from './schema-quick.ts';

const drafts: readonly Draft[] = [4, 6, 7, 2019, 2020];

test.each(drafts)('every keyword that the library knows of draft %i is read here or left to it', (draft) => {
  const { RULES } = readerFor(draft);
  const open = Object.keys(RULES.keywords).filter((name) => !quickKeywords.has(name) && !refusedKeywords.has(name));
  expect(open).toEqual([]);
});

const scalar = fc.constantFrom<unknown>(null, true, false, 0, 1, 2.5, -3, '', 'a', 'ab', 'b1', '😀');
const data = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c1', 'toString'), tie('value'), { maxKeys: 3, noNullPrototype: false }),
  ),
})).value;

const typeName = fc.constantFrom('null', 'boolean', 'string', 'number', 'integer', 'array', 'object', 'text');
const count = fc.constantFrom<unknown>(0, 1, 2, -1, 1.5, '1');
const number = fc.constantFrom<unknown>(0, 1, -3, 2.5, true);
/** Keywords that draft 4 does not have, or has with another meaning. */
function later(part: fc.Arbitrary<unknown>) {
  return Object.fromEntries([
    ['const', fc.oneof(scalar, data)],
    ['exclusiveMinimum', number],
    ['exclusiveMaximum', number],
    ['if', part],
    ['then', part],
    ['else', part],
  ]);
}

const schemas = (draft: Draft) =>
  fc.letrec<{ schema: unknown }>((tie) => {
    const many = fc.array(tie('schema'), { maxLength: 3 });
    const named = fc.dictionary(fc.constantFrom('a', 'b', 'c1', 'toString'), tie('schema'), { maxKeys: 3 });
    return {
      schema: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        draft === 4 ? fc.constant({}) : fc.boolean(),
        fc.record(
          {
            type: fc.oneof(typeName, fc.uniqueArray(typeName, { maxLength: 2 })),
            enum: fc.array(scalar, { maxLength: 3 }),
            properties: named,
            patternProperties: fc.dictionary(fc.constantFrom('^a', '[0-9]$', '('), tie('schema'), { maxKeys: 2 }),
            additionalProperties: tie('schema'),
            required: fc.array(fc.constantFrom('a', 'b', 'toString'), { maxLength: 2 }),
            minProperties: count,
            maxProperties: count,
            items: fc.oneof(tie('schema'), many),
            minItems: count,
            maxItems: count,
            uniqueItems: fc.boolean(),
            minLength: count,
            maxLength: count,
            pattern: fc.constantFrom('^a', '[0-9]', '('),
            format: fc.constantFrom('ipv4', 'date', 'unheard-of'),
            minimum: number,
            maximum: number,
            allOf: many,
            anyOf: many,
            oneOf: many,
            not: tie('schema'),
            $ref: fc.constantFrom('#', '#/definitions/a', '#/$defs/a', '#/properties/a', 'other.json'),
            definitions: named,
            $defs: named,
            title: fc.constantFrom<unknown>('words', 1),
            default: data,
            propertyNames: tie('schema'),
            form: fc.constant(true),
            ...(draft === 4 ? {} : later(tie('schema'))),
          },
          { requiredKeys: [] },
        ),
      ),
    };
  }).schema;

/** What the library says; undefined where it does not take the schema, or turns in a circle with it. */
function libraryVerdict(read: object | boolean, draft: Draft, value: unknown): boolean | undefined {
  try {
    return compileSchema(read, draft, () => {})(value) === true;
  } catch (error) {
    if (error instanceof UnusableSchema || error instanceof RangeError) return undefined;
    throw error;
  }
}

describe.each(drafts)('draft %i', (draft) => {
  test('the quick check never passes what the library does not pass', () => {
    let passed = 0;
    fc.assert(
      fc.property(schemas(draft), fc.array(data, { minLength: 3, maxLength: 6 }), (read, values) => {
        fc.pre(typeof read === 'object' || draft > 4);
        const quick = quickCheck(read, draft);
        if (quick === undefined) return;
        for (const value of values) {
          if (!quick(value)) continue;
          passed++;
          expect([value, libraryVerdict(read as object, draft, value)]).toEqual([value, true]);
        }
      }),
      { seed: 20_261_121, numRuns: 1500 },
    );
    expect(passed).toBeGreaterThan(200);
  });

  test('it leaves nothing to the library in an everyday schema', () => {
    const quick = quickCheck(
      {
        type: 'object',
        required: ['image'],
        additionalProperties: false,
        properties: {
          image: { $ref: '#/definitions/image' },
          replicas: { type: 'integer', minimum: 1, maximum: 9, default: 1, description: 'How many' },
          mode: { enum: ['a', 'b', null] },
          labels: { type: 'object', patternProperties: { '^[a-z]+$': { type: 'string' } } },
          ports: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[a-z]+$' }] } },
        },
        definitions: { image: { type: ['string', 'null'], minLength: 1 } },
      },
      draft,
    );
    const fits = (value: unknown) => quick?.(value);
    expect(fits({ image: 'web', replicas: 3, mode: null, labels: { a: 'b' }, ports: [80, 'http'] })).toBe(true);
    expect(fits({ image: '' })).toBe(false);
    expect(fits({})).toBe(false);
    expect(fits({ image: 'web', other: 1 })).toBe(false);
    expect(fits({ image: 'web', ports: ['HTTP'] })).toBe(false);
  });
});

test('a schema that refers to itself in a circle is left to the library', () => {
  expect(quickCheck({ $ref: '#' }, 2020)?.({})).toBe(false);
});
