import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readHead } from './assemble.ts';
import { quickHead } from './assemble-head.ts';
import { HelmError } from './helm-error.ts';
import { newestHelm, profileOf } from './profile.ts';

const profile = profileOf(newestHelm)!;

/** What the reader says, as far as the quick way says it; undefined where it refuses the document. */
function thorough(document: string) {
  try {
    const { apiVersion, kind, name, annotations } = readHead(document, 'a.yaml', profile);
    return { apiVersion, kind, name, isHook: annotations.has('helm.sh/hook') };
  } catch (error) {
    if (error instanceof HelmError) return undefined;
    throw error;
  }
}

function expectSame(document: string): boolean {
  const quick = quickHead(document);
  if (quick === undefined) return false;
  expect([document, { ...quick, isHook: false }]).toEqual([document, thorough(document)]);
  return true;
}

const deployment = `# a comment
apiVersion: apps/v1
kind: "Deployment"
metadata:
  name: web # not this one
  annotations:
    checksum/config: "0f:1"
    note: |
      # no comment
        deeper

      annotations: none
spec:
  replicas: 2
  nothing:
  template:
    spec:
      containers:
      - name: web
        args: ['a']
        image: registry:5000/web:1.0
        env:
          - { name: A }
`;

test('an everyday object is read without the reader', () => {
  const plain = deployment.replace(' # not this one', '').replace("['a']", '[]').replace('{ name: A }', 'name: A');
  expect(quickHead(plain)).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' });
  expect(expectSame(plain)).toBe(true);
  expect(quickHead(deployment)).toBeUndefined();
});

test.each([
  ['a hook', 'kind: Job\nmetadata:\n  annotations:\n    "helm.sh/hook": test\n'],
  ['a field in another case', 'Kind: Job\n'],
  ['a field that is there twice', 'kind: Job\nkind: Pod\n'],
  ['a word that is no text', 'kind: yes\n'],
  ['an annotation that is a table', 'metadata:\n  annotations:\n    a:\n      b: 1\n'],
  ['a list where the metadata belongs', 'metadata:\n- a\n'],
  ['a list', '- kind: Job\n'],
  ['an alias', 'kind: Job\na: &x 1\nb: *x\n'],
  ['a name that goes on', 'kind: Job\n  two\n'],
  ['a text that goes on as a table', 'kind: Job\na: one\n  two: 3\n'],
  ['a wrong indentation', 'kind: Job\na:\n    b: 1\n  c: 2\n'],
  ['a second colon', 'kind: Job\na: b: c\n'],
  ['an infinity', 'kind: Job\na: .inf\n'],
  ['a tab', 'kind: Job\na:\tb\n'],
  ['a document within', 'kind: Job\n---\nkind: Pod\n'],
  ['nothing', '# only a comment\n'],
])('%s is left to the reader', (_, document) => expect(quickHead(document)).toBeUndefined());

const lines = fc.constantFrom(
  ...['apiVersion: v1', 'kind: Pod', "kind: 'Job'", 'metadata:', 'name: a', 'annotations:', 'annotations: {}', 'a:'],
  ...['- a', '-', '- a: 1', '- b:', '-  c: x', '- |', '- - a', 'b: |', 'c: >-', 'd: "x"', "e: 'y'", 'f: []', '# note'],
  ...[
    '',
    '  ',
    'text',
    'text: "',
    'g: a # b',
    'h: a:b',
    'i: -x',
    'j: - x',
    '"k l": 1',
    '- "m": 2',
    'n : 1',
    'helm.sh/hook: x',
  ],
  ...[
    'o: {a: 1}',
    'p: 1e3',
    'q: 0x1f',
    'r: 12:30',
    's: a#b',
    't: (x)',
    'u: a\\b',
    'v: --x',
    '...',
    '---',
    '%A',
    'w: !x y',
  ],
  ...[
    'x: *a',
    'y: |2',
    'z: ~',
    'name:',
    'kind:',
    'true: 1',
    '1: 2',
    '- 1:',
    'A: @',
    'B: `',
    'C: %',
    '? D',
    'E: ,',
    'F: ]',
  ],
  ...[
    '{}',
    '[]',
    'G: ["a", b, 1]',
    'H: [a: 1]',
    "text goes on, it's so",
    '(and on)',
    'I: one two',
    '- some words',
    'J: ^a$',
    "K: 'one",
    "two'",
    "it''s",
    "L: 'a''b'",
    'M: "\\\\d\\n"',
    'N: "\\q"',
  ],
);
const indented = fc.tuple(fc.integer({ min: 0, max: 6 }), lines).map(([by, line]) => ' '.repeat(by) + line);
/** Objects as they are mostly, with lines put in, taken out and moved. */
const damaged = fc
  .tuple(
    fc.constantFrom(deployment, deployment.replace("args: ['a']\n        ", '').replace('{ name: A }', 'name: A')),
    fc.array(fc.tuple(fc.nat(25), fc.nat(2), fc.array(indented, { maxLength: 2 })), { maxLength: 3 }),
  )
  .map(([text, changes]) => {
    const all = text.replace(' # not this one', '').split('\n');
    for (const [at, count, put] of changes) all.splice(at, count, ...put);
    return all.join('\n');
  });

test('whatever is read the quick way, the reader reads alike', () => {
  let read = 0;
  const document = fc.oneof(
    fc.array(indented, { minLength: 1, maxLength: 8 }).map((all) => all.join('\n')),
    fc.array(lines, { minLength: 1, maxLength: 6 }).map((all) => all.join('\n  ')),
    damaged,
  );
  fc.assert(
    fc.property(document, (text) => {
      if (expectSame(text)) read++;
    }),
    { numRuns: 20_000, seed: 20_261_121 },
  );
  expect(read).toBeGreaterThan(1000);
});
