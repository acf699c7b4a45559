import { expect, test } from '@jest/globals';
import { readYamlWithPositions } from './positions.ts';

const text = `# values
base: &base
  cpu: 1
  memory: 2Gi
web:
  <<: *base
  memory: 4Gi
  ports: [80, 443]
  yes: |
    text
`;

test('keys and values are found by their path, also through aliases and merges', () => {
  const read = readYamlWithPositions(text);
  expect(read.valueAt(['web', 'memory'])).toMatchObject({ line: 7, column: 11 });
  expect(read.keyAt(['web', 'memory'])).toMatchObject({ line: 7, column: 3 });
  expect(read.valueAt(['web', 'cpu'])).toMatchObject({ line: 3, column: 8 });
  expect(read.valueAt(['web', 'ports', 1])).toMatchObject({ line: 8, column: 15 });
  expect(read.keyAt(['web', 'true'])).toMatchObject({ line: 9, column: 3 });
  expect(read.valueAt(['web', 'nothing'])).toBeUndefined();
  expect(read.valueAt(['web', 'cpu', 'deeper'])).toBeUndefined();
});

test('leaves tell what every scalar of the data was written as', () => {
  const read = readYamlWithPositions(text);
  const written = [...read.leaves()].map(
    ({ path, value }) => `${path.join('.')}=${text.slice(value.start, value.end)}`,
  );
  expect(written).toEqual([
    'base.cpu=1',
    'base.memory=2Gi',
    'web.cpu=1',
    'web.memory=4Gi',
    'web.ports.0=80',
    'web.ports.1=443',
    'web.true=|\n    text\n',
  ]);
});

test('of a key written twice the last one counts', () => {
  expect(readYamlWithPositions('a: 1\na: 2').valueAt(['a'])).toMatchObject({ line: 2, column: 4 });
});
