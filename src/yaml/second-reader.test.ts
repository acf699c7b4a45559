import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readsAlike } from './second-reader.ts';
import { writeYaml } from './write.ts';

test('a reader of YAML 1.2 sees in what we write exactly what we wrote', () => {
  const scalars = fc.oneof(
    fc.constantFrom(
      'yes',
      'no',
      'on',
      '0o17',
      '017',
      '0x1f',
      '1_000',
      '1:30',
      '~',
      'null',
      '2020-01-02',
      '.inf',
      '<<',
      '=',
      '',
      ' a',
      'a: b',
      '- a',
      '#x',
      '1e3',
      '0b11',
      '+1',
    ),
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const data = fc.object({
    values: [scalars],
    key: fc.oneof(fc.string(), fc.constantFrom('yes', '1', 'a b', '__proto__')),
  });
  fc.assert(
    fc.property(data, (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      expect([readsAlike(writeYaml(plain), plain), writeYaml(plain)]).toEqual([true, expect.anything()]);
    }),
    { numRuns: 2000 },
  );
});

test('another value, another document or no YAML at all is not alike', () => {
  expect(readsAlike('a: yes', { a: true })).toBe(false);
  expect(readsAlike('a: 1\n---\nb: 2\n', { a: 1 })).toBe(false);
  expect(readsAlike('a: [', { a: [] })).toBe(false);
  expect(readsAlike('a: {}', { a: [] })).toBe(false);
});
