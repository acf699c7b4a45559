/** The folder of `--reports`, as each command leaves it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reportFiles } from '../../src/report/report-files.ts';
import { type Shop, service, shopConfig, startShop } from '../support/github-shop.ts';

let shop: Shop;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pushgate-reports-'));
  shop = await startShop({}, { config: `${shopConfig}    gate: { mode: none }\n`, rights: { issues: 'write' } });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await shop[Symbol.asyncDispose]();
});

async function reportsOf(verb: 'plan' | 'apply' | 'drift'): Promise<Readonly<Record<string, string>>> {
  const path = join(folder, verb);
  const run = await shop.pipeline.onPush('main', { words: [verb, '--reports', path] });
  expect([run.exitCode, run.stderr]).toEqual([0, expect.any(String)]);
  return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]));
}

describe('a release that is new', () => {
  beforeAll(() => {
    shop.push({ 'catalog/service.yaml': service() });
  });

  test('is in every report of a plan', async () => {
    const files = await reportsOf('plan');
    expect(files['report.html']).toContain('<title>Plan: 1 created</title>');
    expect(JSON.parse(files['plan.json'] ?? '')).toMatchObject({ environments: [{ environment: 'production' }] });
    expect(files['junit.xml']).toContain('+ Service shop/catalog  new');
    expect(JSON.parse(files['terraform.json'] ?? '')).toEqual({ create: 1, update: 0, delete: 0 });
    expect(JSON.parse(files['code-quality.json'] ?? '')).toEqual([]);
    expect(files['pushgate.env']).toContain('PUSHGATE_REASON_CODE=changes\nPUSHGATE_HAS_CHANGES=true\n');
  });

  test('is in every report of its apply', async () => {
    const files = await reportsOf('apply');
    expect(files['report.html']).toContain('<title>Apply: 1 applied</title>');
    expect(JSON.parse(files['outcome.json'] ?? '')).toMatchObject({ environments: [{ environment: 'production' }] });
    expect(files['junit.xml']).toContain('tests="1" failures="0" errors="0"');
    expect(files['pushgate.env']).toContain('PUSHGATE_REASON_CODE=applied\n');
  });
});

test('what somebody changed on the branch by hand is in every report of a look for drift', async () => {
  const { repository } = shop.server.state;
  const path = repository
    .git('ls-tree', '-r', '--name-only', 'deploy/production')
    .split('\n')
    .find((name) => /catalog.*yaml$/.test(name));
  const changed = (repository.file('refs/heads/deploy/production', path ?? '') ?? '').replace('80', '81');
  repository.commit({
    branch: 'deploy/production',
    from: 'refs/heads/deploy/production',
    files: { [path ?? '']: changed },
    message: 'By hand',
  });
  const files = await reportsOf('drift');
  expect(files['report.html']).toContain('<title>Drift: 1 object changed by hand</title>');
  expect(files['junit.xml']).toContain('<failure type="drift"');
  expect(files['pushgate.env']).toContain('PUSHGATE_HAS_DRIFT=true\n');
});

test('the files are those that the reference lists', () => {
  const written = ['plan', 'apply', 'drift'].flatMap((verb) => readdirSync(join(folder, verb)));
  expect([...new Set(written)].sort()).toEqual(Object.keys(reportFiles).sort());
});

test('a folder that cannot be written is said and changes nothing about the run', async () => {
  const file = join(folder, 'in-the-way');
  writeFileSync(file, '');
  const run = await shop.pipeline.onPush('main', { words: ['plan', '--reports', file] });
  expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('reports could not be written')]);
});
