import { expect, test } from '@jest/globals';
import { compareRuns, failureClass, type Run } from './verify-compare.ts';

function prints(...lines: readonly string[]): Run {
  return { exit: 0, stdout: lines.join('\n'), stderr: '' };
}

function fails(message: string): Run {
  return { exit: 1, stdout: '', stderr: `warning: x\nError: ${message}\n` };
}

test('the same bytes are the same', () => {
  expect(compareRuns(prints('a'), prints('a'), prints('a'))).toEqual({ kind: 'same' });
});

test('one other byte is a difference, shown with its place', () => {
  const helm = prints('# Source: shop/templates/a.yaml', 'a: 1', 'b: 2', 'c: 3');
  expect(compareRuns(helm, helm, prints('# Source: shop/templates/a.yaml', 'a: 1', 'b: 2', 'c: 4'))).toEqual({
    kind: 'differs',
    cause: 'text',
    excerpt: '# Source: shop/templates/a.yaml\n  a: 1\n  b: 2\n- c: 3\n+ c: 4',
  });
});

test('lines that Helm itself draws anew are not compared, all others are', () => {
  const helm = prints('a', 'password: x1', 'b');
  const again = prints('a', 'password: x2', 'b');
  expect(compareRuns(helm, again, prints('a', 'password: x3', 'b'))).toEqual({ kind: 'same-but-random', lines: 1 });
  expect(compareRuns(helm, again, prints('a', 'password: x3', 'c'))).toMatchObject({ kind: 'differs' });
});

test('random texts of changing length leave the other lines to be compared', () => {
  const helm = prints('a', 'x1', 'x2', 'b');
  expect(compareRuns(helm, prints('a', 'y1', 'b'), prints('a', 'z', 'b')).kind).toBe('same-but-random');
  expect(compareRuns(helm, prints('a', 'y1', 'b'), prints('a', 'z')).kind).toBe('differs');
});

test('failures agree when they are of one class', () => {
  const helm = fails('execution error at (shop/templates/a.yaml:1:3): name is required');
  const same = fails('execution error at (shop/templates/a.yaml:1:3): name is required');
  const other = fails('parse error at (shop/templates/a.yaml:1): unexpected EOF');
  expect(compareRuns(helm, helm, same).kind).toBe('both-fail');
  expect(compareRuns(helm, helm, other)).toMatchObject({
    kind: 'differs',
    cause: 'fails differently: fail or required / template does not parse',
  });
});

test('a failure on one side only is said with its class', () => {
  const schema = fails("values don't meet the specifications of the schema(s) in the following chart(s):\nshop:");
  expect(compareRuns(schema, schema, prints(''))).toMatchObject({ kind: 'only-helm-fails', cause: 'schema' });
  expect(compareRuns(prints(''), prints(''), schema)).toMatchObject({ kind: 'only-ours-fails', cause: 'schema' });
});

test('an unknown failure has a class of its own', () => {
  expect(failureClass('Error: the moon is full')).toBe('other');
});
