import { expect, test } from '@jest/globals';
import { readYamlDocuments, splitYamlDocuments } from './documents.ts';

test('documents keep their place in the file, empty ones are left out', () => {
  const text = '# head\n---\na: 1\n--- # second\n\n# note\nb: 2\n---\n# nothing\n---\n';
  const documents = readYamlDocuments(text).map(({ value, line }) => ({ value, line }));
  expect(documents).toEqual([
    { value: { a: 1 }, line: 3 },
    { value: { b: 2 }, line: 7 },
  ]);
});

test('an error names the line of the file, whatever document it is in', () => {
  expect(() => readYamlDocuments('a: 1\n---\nb: 2\nc: d: e\n')).toThrow(
    'yaml: line 4: mapping values are not allowed in this context',
  );
});

test('dashes inside a block are not a separator, text behind one is an error', () => {
  expect(readYamlDocuments('a: |\n  ---\n  x\n')).toHaveLength(1);
  expect(() => splitYamlDocuments('a: 1\n--- b: 2\n')).toThrow('invalid Yaml document separator: b: 2');
});

test('a file without a final newline and one with Windows line ends split alike', () => {
  expect(readYamlDocuments('a: 1\r\n---\r\nb: 2').map((document) => document.value)).toEqual([{ a: 1 }, { b: 2 }]);
});
