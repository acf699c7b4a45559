import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GitFixture } from '../support/git-fixture.ts';

let fixture: GitFixture;
let shop: string;

beforeAll(() => {
  fixture = new GitFixture();
  shop = fixture.repository('shop');
  cpSync('examples/mygoodies', shop, { recursive: true });
  fixture.commit(shop, { 'metrics/pushgate.yaml': 'version: 1\n' }, 'The shop');
});

afterAll(() => fixture[Symbol.dispose]());

function explain(...words: readonly string[]): { readonly exit: number | null; readonly said: string } {
  const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), 'explain', '-e', 'staging', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(shop),
    env: fixture.variables as NodeJS.ProcessEnv,
    encoding: 'utf8',
  });
  return { exit: status, said: `${stdout}${stderr}` };
}

test('a field is followed to its template line, its values key and what that overrides', () => {
  const { exit, said } = explain('Deployment/catalog', 'spec.template.spec.containers[catalog].image');
  expect(exit).toBe(0);
  expect(said).toContain('written by     charts/catalog/templates/deployment.yaml:20:52  .Values.container.tag');
  expect(said).toContain(
    'value          .Values.container.tag  values/catalog.yaml:3, over charts/catalog/values.yaml:5',
  );
});

test('through includes, with the stack of them', () => {
  const { said } = explain('deployment/cart', 'metadata.labels["app.kubernetes.io/name"]');
  expect(said).toContain('included from  charts/generic-api/templates/deployment.yaml:7:4  include "chart.labels" .');
});

test('an object or field that is not there is a mistake with a suggestion', () => {
  expect(explain('Deployment/catalgo', 'spec.replicas')).toEqual({
    exit: 1,
    said: expect.stringContaining('Did you mean Deployment/catalog?'),
  });
  expect(explain('Deployment/catalog', 'spec.nothing').said).toContain('✖ usage: there is no spec.nothing in it');
  expect(explain('Deployment/catalog').said).toContain('✖ usage: explain takes an object and a path');
});
