import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GitFixture } from '../../test/support/git-fixture.ts';
import type { OptionName, OwnVerb } from '../options.ts';
import { Problem } from '../problem.ts';
import type { Outcome } from './host.ts';
import { runVerb } from './run.ts';

const config = `version: 1
defaults: { namespace: shop }
releases:
  - { name: catalog, chart: catalog }
  - { name: cart, chart: cart }
environments:
  production:
    manifests: { repository: ., branch: deploy/production, path: . }
    refs: [main]
    gate: { mode: none }
    prune: { protect: [PersistentVolumeClaim] }
    drift: { ignore: [{ kind: ConfigMap, path: data.tuned, reason: tuning }] }
`;

function settings(name: string, data: Readonly<Record<string, string>>): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: ${JSON.stringify(data)}\n`;
}

interface Run {
  readonly outcome: Outcome;
  readonly text: string;
}

let fixture: GitFixture;
let shop: string;
let origin: string;

beforeEach(async () => {
  fixture = new GitFixture();
  origin = fixture.bare('origin.git');
  shop = fixture.clone(origin, 'shop');
  fixture.git(shop, 'config', 'user.name', 'Ada');
  fixture.commit(shop, { 'pushgate.yaml': config }, 'Rules first');
  await applied(
    {
      'catalog/a.yaml': settings('a', { v: '1' }),
      'catalog/b.yaml': settings('b', { v: '1' }),
      'cart/c.yaml': settings('c', {}),
    },
    'One',
  );
});

afterEach(() => {
  pipeline = {};
  fixture[Symbol.dispose]();
});

/** Variables of a pipeline, where a test is in one. */
let pipeline: Readonly<Record<string, string>> = {};

async function run(
  verb: OwnVerb,
  words: readonly string[] = [],
  given: Partial<Record<OptionName, string>> = {},
): Promise<Run> {
  const lines: string[] = [];
  const outcome = await runVerb(verb, {
    directory: shop,
    env: { ...fixture.variables, ...pipeline },
    given: {
      text: (name) => given[name],
      list: (name) => given[name]?.split(',') ?? [],
      on: (name) => given[name] === 'true',
      words,
    },
    print: (text) => lines.push(text),
    progress: () => undefined,
    warn: (text) => lines.push(`! ${text}`),
    mask: () => undefined,
    masked: (text) => text,
    annotate: () => undefined,
    summary: () => undefined,
    style: 'plain',
    now: () => new Date('2026-11-20T18:00:00Z'),
    signal: new AbortController().signal,
    hurry: new AbortController().signal,
  });
  return { outcome, text: lines.join('\n') };
}

async function applied(files: Parameters<GitFixture['commit']>[1], message: string): Promise<string> {
  const commit = fixture.commit(shop, files, message);
  fixture.git(shop, 'push', '--quiet', 'origin', 'main');
  const { outcome, text } = await run('apply');
  expect([outcome.reason, text]).toEqual(['applied', expect.any(String)]);
  return commit;
}

function byHand(files: Parameters<GitFixture['commit']>[1], message: string): string {
  const folder = fixture.clone(origin, `hand-${message}`, '--branch=deploy/production');
  const commit = fixture.commit(folder, files, message, { author: 'Grace', time: '2026-11-20T17:03:00Z' });
  fixture.git(folder, 'push', '--quiet', 'origin', 'deploy/production');
  return commit;
}

function onBranch(path: string): string {
  return fixture.git(origin, 'show', `deploy/production:${path}`);
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error(`expected a Problem, got ${String(error)}`);
  return error;
}

const a = 'catalog/ConfigMap_shop_a.yaml';

test('drift by hand is found and named, healed on request, and then gone', async () => {
  expect((await run('drift')).outcome).toMatchObject({ reason: 'no-changes', outputs: { 'has-drift': 'false' } });
  expect((await run('drift', [], { output: 'markdown' })).text).toMatch(/^production .*: no drift, /);
  const commit = byHand({ [a]: onBranch(a).replace('"1"', '"9"'), 'cart/extra.yaml': settings('extra', {}) }, 'tune');
  const { outcome, text } = await run('drift');
  expect(outcome).toMatchObject({ reason: 'drift', outputs: { 'reason-code': 'drift', 'has-drift': 'true' } });
  expect(text).toContain('data.v  1 → 9');
  expect(text).toContain(`Grace, 2026-11-20 17:03 UTC, commit ${commit.slice(0, 7)} "tune"`);
  expect(text).toContain('+ ConfigMap extra  added by hand in cart/extra.yaml');
  expect(text).toContain('put it back   pushgate heal cart catalog --environment production');
  expect((await run('plan')).text).toContain('Nothing to apply, but 1 object drifted');
  const before = fixture.git(origin, 'rev-parse', 'deploy/production');
  const shown = await run('heal', ['catalog']);
  expect([shown.outcome.reason, fixture.git(origin, 'rev-parse', 'deploy/production')]).toEqual(['changes', before]);
  expect(shown.text).toContain('Nothing was written');
  expect((await run('heal', [], { yes: 'true', environment: 'production' })).outcome.reason).toBe('applied');
  expect(onBranch(a)).toContain('v: "1"');
  expect((await run('drift')).outcome.reason).toBe('no-changes');
  expect((await run('history', ['catalog'])).text).not.toContain('  2  ');
  const again = await run('heal');
  expect([again.outcome.reason, again.text]).toEqual(['no-changes', expect.stringContaining('Nothing to put back')]);
});

test('a schedule heals only where drift.mode says so', async () => {
  byHand({ [a]: onBranch(a).replace('"1"', '"9"') }, 'Quick fix');
  pipeline = {
    GITLAB_CI: 'true',
    CI_PIPELINE_SOURCE: 'schedule',
    CI_COMMIT_REF_NAME: 'main',
    CI_COMMIT_REF_PROTECTED: 'true',
  };
  expect((await problemOf(run('heal', [], { yes: 'true', environment: 'production' }))).reason).toBe('unattended');
  expect(onBranch(a)).toContain('"9"');
  fixture.commit(shop, { 'pushgate.yaml': config.replace('drift: {', 'drift: { mode: heal,') }, 'Heal by itself');
  expect((await run('heal', [], { yes: 'true', environment: 'production' })).outcome.reason).toBe('applied');
  expect(onBranch(a)).toContain('"1"');
});

test('objects outside the namespaces of the environment are not planned for it', async () => {
  fixture.commit(shop, { 'pushgate.yaml': `${config.trimEnd()}\n    namespaces: [other]\n` }, 'Fence');
  const { outcome, text } = await run('plan');
  expect(outcome.reason).toBe('config-invalid');
  expect(text).toContain('ConfigMap shop/a of release catalog is outside the namespaces that production may write');
});

test('what a rule ignores is no drift, and healing leaves it alone', async () => {
  byHand({ [a]: `${onBranch(a).replace('"1"', '"1"\n  tuned: "yes"')}\n` }, 'tune');
  const { outcome, text } = await run('drift');
  expect(outcome.reason).toBe('no-changes');
  expect(text).toContain('1 difference ignored by rule');
  expect((await run('heal', [], { yes: 'true' })).outcome.reason).toBe('no-changes');
  expect(onBranch(a)).toContain('tuned');
});

test('drift as JSON is masked plain data with a versioned schema', async () => {
  byHand({ [a]: onBranch(a).replace('"1"', '"9"') }, 'tune');
  const report = JSON.parse((await run('drift', [], { output: 'json', release: 'catalog' })).text);
  expect(report).toMatchObject({
    schema: 'pushgate.dev/drifts/v1',
    environments: [{ schema: 'pushgate.dev/drift/v1', environment: 'production', findings: [{ what: 'changed' }] }],
  });
  expect(
    JSON.parse((await run('drift', [], { output: 'json', release: 'cart' })).text).environments[0].findings,
  ).toEqual([]);
  expect((await problemOf(run('drift', [], { output: 'yaml' }))).reason).toBe('usage');
});

test('a plan that fails says of which environment', async () => {
  fixture.commit(shop, { 'cart/c.yaml': '- no\n' }, 'One is broken');
  expect((await run('plan')).text).toMatch(/^! ✖ invalid-object: cart\/c.yaml:1\n[\s\S]*\nproduction {2}branch/);
  fixture.commit(shop, { 'catalog/a.yaml': '- no\n' }, 'All are broken');
  expect((await run('plan')).text).toMatch(/^production {2}no plan\n✖ invalid-object: catalog\/a.yaml:1\n/);
});

test('an object that two releases render is named', async () => {
  fixture.commit(shop, { 'cart/a.yaml': settings('a', { v: '2' }) }, 'Twice');
  expect((await run('plan')).text).toContain('! ConfigMap shop/a is rendered by catalog and cart: ');
});

test('a rollback brings a former revision back whole, holds the release, and says what to revert', async () => {
  const second = await applied(
    { 'catalog/a.yaml': settings('a', { v: '2' }), 'catalog/b.yaml': undefined, 'catalog/d.yaml': settings('d', {}) },
    'Two',
  );
  byHand({ [a]: onBranch(a).replace('"2"', '"9"') }, 'tune');
  expect((await run('rollback', ['catalog'])).outcome.reason).toBe('changes');
  const { outcome, text } = await run('rollback', ['catalog'], { yes: 'true', reason: 'orders fail' });
  expect(outcome.reason).toBe('applied');
  expect(text).toContain('pushgate unhold catalog --environment production');
  expect(onBranch(a)).toContain('v: "1"');
  expect(fixture.git(origin, 'ls-tree', '--name-only', 'deploy/production', 'catalog/').split('\n')).toEqual([
    a,
    'catalog/ConfigMap_shop_b.yaml',
  ]);
  expect(fixture.git(origin, 'log', '-1', '--format=%an, %cn: %s', 'deploy/production')).toMatch(
    /^Ada, Pushgate: Roll back catalog in production to [0-9a-f]{7}$/,
  );
  const { text: status } = await run('status', ['catalog']);
  expect(status).toContain('on hold since 2026-11-20 18:00 UTC by Ada: rolled back to revision 1: orders fail');
  expect(status).toContain('revision 3');
  const refused = await run('apply');
  expect([refused.outcome.reason, onBranch(a).includes('"1"')]).toEqual(['held', true]);
  await run('unhold', ['catalog']);
  expect((await run('apply')).outcome.reason).toBe('applied');
  expect(onBranch(a)).toContain('v: "2"');
  const { text: history } = await run('history', ['catalog']);
  expect(history.split('\n').map((line) => line.trim().split(' ')[0])).toEqual(['catalog', '4', '3', '2', '1']);
  expect(history).toContain(`${second.slice(0, 7)} "Two"`);
});

test('a rollback to what there never was, or of what was never applied, is explained', async () => {
  expect((await problemOf(run('rollback', ['catalog']))).message).toBe('catalog has no revision before this one');
  expect((await problemOf(run('rollback', ['catalog'], { to: '7' }))).hint).toBe(
    'It has: 1. pushgate history catalog --environment production shows them.',
  );
  expect((await problemOf(run('rollback', ['nothing']))).hint).toContain('Applied there: cart, catalog.');
  expect((await problemOf(run('rollback'))).reason).toBe('usage');
  expect((await problemOf(run('history', ['catalog'], { environment: 'prod' }))).hint).toContain('production');
});

test('a hold needs a reason, stops an apply, is shown, and ends', async () => {
  expect((await problemOf(run('hold', ['catalog']))).reason).toBe('usage');
  expect((await run('hold', ['catalog', 'cart'], { reason: 'freeze' })).outcome.reason).toBe('applied');
  fixture.commit(shop, { 'catalog/a.yaml': settings('a', { v: '2' }) }, 'Two');
  const held = await run('apply');
  expect([held.outcome.reason, held.text]).toEqual([
    'held',
    expect.stringContaining('pushgate unhold catalog --environment production releases it.'),
  ]);
  expect((await run('status')).text.match(/on hold since/g)).toHaveLength(2);
  expect((await run('unhold', ['catalog', 'cart'])).outcome.reason).toBe('applied');
  expect((await run('unhold', ['cart'])).outcome.reason).toBe('no-changes');
  expect((await run('apply')).outcome.reason).toBe('applied');
});

test('a deletion takes the release away behind the protected kinds, and warns while it is still configured', async () => {
  await applied({ 'cart/p.yaml': 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: p }\n' }, 'Data');
  expect((await problemOf(run('delete', ['cart'], { yes: 'true' }))).reason).toBe('prune-refused');
  const { outcome, text } = await run('delete', ['catalog'], { yes: 'true' });
  expect(outcome.reason).toBe('applied');
  expect(text).toContain('! catalog is still configured for production');
  expect(fixture.git(origin, 'ls-tree', '-r', '--name-only', 'deploy/production')).not.toContain('catalog');
  expect((await run('status')).text).toContain('catalog  never applied');
});

test('a late run of a change does not undo its revert, although the revert left nothing to write', async () => {
  fixture.commit(shop, { 'catalog/a.yaml': settings('a', { v: '2' }) }, 'Two');
  fixture.commit(shop, { 'catalog/a.yaml': settings('a', { v: '1' }) }, 'Back to one');
  expect((await run('apply')).outcome.reason).toBe('no-changes');
  expect(fixture.git(origin, 'log', '-1', '--format=%s', 'deploy/production')).toMatch(/^Record production at /);
  const tip = fixture.git(origin, 'rev-parse', 'deploy/production');
  expect((await run('apply')).outcome.reason).toBe('no-changes');
  fixture.commit(shop, { 'README.md': 'words' }, 'Nothing that is rendered');
  expect((await run('apply')).outcome.reason).toBe('no-changes');
  expect(fixture.git(origin, 'rev-parse', 'deploy/production')).toBe(tip);
  expect((await run('history', ['catalog'])).text).not.toContain('  2  ');
  fixture.git(shop, 'reset', '--quiet', '--hard', 'HEAD~2');
  expect((await run('apply')).outcome.reason).toBe('superseded');
  expect(onBranch(a)).toContain('v: "1"');
});

test('a late run of a change does not undo its revert where a link leads to what was changed', async () => {
  symlinkSync('../shared/z.yaml', join(shop, 'catalog/z.yaml'));
  fixture.git(shop, 'add', 'catalog/z.yaml');
  await applied({ 'shared/z.yaml': settings('z', { v: '1' }) }, 'One behind a link');
  fixture.commit(shop, { 'shared/z.yaml': settings('z', { v: '2' }) }, 'Two');
  fixture.commit(shop, { 'shared/z.yaml': settings('z', { v: '1' }) }, 'Back to one');
  expect((await run('apply')).outcome.reason).toBe('no-changes');
  fixture.git(shop, 'reset', '--quiet', '--hard', 'HEAD~1');
  expect((await run('apply')).outcome.reason).toBe('superseded');
  expect(onBranch('catalog/ConfigMap_shop_z.yaml')).toContain('v: "1"');
});

test('a late run of a change does not undo its revert in what a chart leans on, however long nothing was touched', async () => {
  const base = (v: string) => ({ 'base/z.yaml': settings('z', { v }) });
  await applied(
    {
      ...base('1'),
      'base/kustomization.yaml': 'resources: [z.yaml]\n',
      'catalog/a.yaml': undefined,
      'catalog/b.yaml': undefined,
      'catalog/kustomization.yaml': 'resources: [../base]\n',
    },
    'One beside the chart',
  );
  for (let n = 0; n < 20; n++) fixture.commit(shop, { 'README.md': String(n) }, `Words ${n}`);
  fixture.commit(shop, base('2'), 'Two');
  fixture.commit(shop, base('1'), 'Back to one');
  expect((await run('apply')).outcome.reason).toBe('no-changes');
  fixture.git(shop, 'reset', '--quiet', '--hard', 'HEAD~1');
  expect((await run('apply')).outcome.reason).toBe('superseded');
  expect(onBranch('catalog/ConfigMap_shop_z.yaml')).toContain('v: "1"');
});

test('a record follows commits that touch its own release at once, and others when they are twenty behind', async () => {
  const recorded = async (name: string): Promise<string> =>
    new RegExp(`${name} .*?([0-9a-f]{7}) "`).exec((await run('status')).text)?.[1] ?? '';
  const before = await recorded('catalog');
  const second = await applied({ 'cart/c.yaml': settings('c', { n: '2' }) }, 'Only the cart');
  expect([await recorded('cart'), await recorded('catalog')]).toEqual([second.slice(0, 7), before]);
  for (let n = 3; n < 21; n++) fixture.commit(shop, { 'cart/c.yaml': settings('c', { n: String(n) }) }, `Cart ${n}`);
  await applied({ 'cart/c.yaml': settings('c', { n: '21' }) }, 'Twenty behind');
  expect(await recorded('catalog')).toBe(before);
  const last = await applied({ 'cart/c.yaml': settings('c', { n: '22' }) }, 'Too far behind');
  expect(await recorded('catalog')).toBe(last.slice(0, 7));
});

test('a clone of only the last commit is enough: what came before is fetched as far as it is needed', async () => {
  for (const word of ['one', 'two', 'three']) fixture.commit(shop, { 'README.md': word }, word);
  const last = fixture.commit(shop, { 'catalog/a.yaml': settings('a', { v: '2' }) }, 'Two');
  fixture.git(shop, 'push', '--quiet', 'origin', 'main');
  shop = fixture.clone(origin, 'ci', '--depth=1');
  const { outcome, text } = await run('apply');
  expect([outcome.reason, text]).toEqual(['applied', expect.stringContaining('catalog: 1 updated')]);
  expect((await run('status')).text).toContain(`${last.slice(0, 7)} "Two"`);
});

test('nothing of this touches the work tree or the branch that is checked out', async () => {
  byHand({ [a]: onBranch(a).replace('"1"', '"9"') }, 'tune');
  const before = fixture.git(shop, 'status', '--porcelain=v2', '--branch');
  await run('drift');
  await run('heal', [], { yes: 'true' });
  await run('hold', ['cart'], { reason: 'freeze' });
  expect(fixture.git(shop, 'status', '--porcelain=v2', '--branch')).toBe(before);
  expect(fixture.git(join(shop), 'branch', '--format=%(refname)')).toBe('refs/heads/main');
});
