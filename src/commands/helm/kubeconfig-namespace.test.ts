import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { namespaceOfContext } from './kubeconfig-namespace.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushgate-kubeconfig-'));
  mkdirSync(join(folder, '.kube'));
  write('.kube/config', { home: 'at-home', bare: undefined }, 'home');
  write('one', { a: 'first', shared: 'from-one' }, undefined);
  write('two', { b: 'second', shared: 'from-two' }, 'b');
  write('bare', { bare: undefined }, 'bare');
  writeFileSync(join(folder, 'broken'), 'contexts: [');
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, contexts: Readonly<Record<string, string | undefined>>, current: string | undefined) {
  const entries = Object.entries(contexts).map(([context, namespace]) => ({
    name: context,
    context: { cluster: 'c', user: 'u', namespace },
  }));
  const clusters = [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }];
  const document = { apiVersion: 'v1', kind: 'Config', clusters, contexts: entries, 'current-context': current };
  writeFileSync(join(folder, name), JSON.stringify(document));
}

// Each as the real helm 4.2.4 answers it.
test.each([
  ['the home is looked at', {}, {}, 'at-home'],
  ['KUBECONFIG stands for it', { kubeconfig: 'two' }, {}, 'second'],
  [
    'of several files the first that says a context',
    { kubeconfig: `one${delimiter}gone${delimiter}two` },
    {},
    'second',
  ],
  [
    'and of two entries with one name the first',
    { kubeconfig: `one${delimiter}two`, context: 'shared' },
    {},
    'from-one',
  ],
  ['a flag is stronger', { kubeconfig: 'two', context: 'b' }, { kubeconfig: 'one', context: 'a' }, 'first'],
  ['a context that nobody knows has none', { kubeconfig: 'two', context: 'zz' }, {}, undefined],
  ['nor has one that says none', { kubeconfig: 'bare' }, {}, undefined],
  ['a file that is not there is none', { kubeconfig: 'gone' }, {}, undefined],
  ['a broken file spoils the others', { kubeconfig: `two${delimiter}broken` }, {}, undefined],
])('%s', async (_, place, flags, expected) => {
  const given = { kubeconfig: undefined, context: undefined, ...flags };
  expect(await namespaceOfContext({ home: folder, ...place }, given, folder)).toBe(expected);
});
