import { expect, test } from '@jest/globals';
import { formatJson, writeJson } from './go-json.ts';
import { shapeOfPlain } from './shape.ts';

const oneLine = { html: true, pretty: false } as const;

test('keys are sorted by their bytes, which puts surrogate pairs last', () => {
  expect(writeJson({ b: 1, '\uff5e': 2, '😀': 3, B: 4, ab: 5, a: 6 })).toBe(
    '{"B":4,"a":6,"ab":5,"b":1,"\uff5e":2,"😀":3}',
  );
});

test('numbers are written as Go writes floats', () => {
  expect(formatJson([1, 1e20, 1e21, 1e-6, 1e-7, 1.5e-10, -0, 0.1, 123456789.25], shapeOfPlain, oneLine)).toBe(
    '[1,100000000000000000000,1e+21,0.000001,1e-7,1.5e-10,-0,0.1,123456789.25]',
  );
  expect(writeJson(12345678901234567890n)).toBe('12345678901234567890');
  expect(() => writeJson(Number.POSITIVE_INFINITY)).toThrow('json: unsupported value: +Inf');
});

test('markup is escaped only where that is asked for, separators always', () => {
  expect(formatJson('<a>&\u2028\x01\t"\ud800', shapeOfPlain, oneLine)).toBe(
    '"\\u003ca\\u003e\\u0026\\u2028\\u0001\\t\\"\\ufffd"',
  );
  expect(writeJson('<a>&')).toBe('"<a>&"');
});

test('pretty JSON keeps empty collections on one line', () => {
  expect(formatJson({ a: [], b: {}, c: [1, { d: 2 }] }, shapeOfPlain, { html: true, pretty: true })).toBe(
    '{\n  "a": [],\n  "b": {},\n  "c": [\n    1,\n    {\n      "d": 2\n    }\n  ]\n}',
  );
});
