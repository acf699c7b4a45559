/** Whatever goes wrong at the forge: an apply that cannot know refuses, and a plan is worth showing all the same. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { GitHubServer } from '../support/github-server.ts';
import { type Shop, service, startShop } from '../support/github-shop.ts';
import type { Fault } from '../support/loopback-server.ts';

let shop: Shop;
let server: GitHubServer;

beforeEach(async () => {
  shop = await startShop({});
  server = shop.server;
});
afterEach(async () => {
  await using _closing = shop;
  server.verify();
});

function propose(): number {
  return shop.propose({ 'catalog/service.yaml': service() });
}
/** Planned, approved by rita and merged: all that an apply needs. */
async function ready(): Promise<number> {
  const pull = await shop.approved({ 'catalog/service.yaml': service() });
  expect(shop.comment(pull)).toContain('1 created');
  return pull;
}
function applied(): boolean {
  return server.state.repository.resolve('refs/heads/deploy/production') !== undefined;
}

const refusal = { status: 403, body: { message: 'Resource not accessible by integration' } };

describe('an apply', () => {
  test('goes through when the forge tells everything', async () => {
    await ready();
    expect([(await shop.apply()).exitCode, applied()]).toEqual([0, true]);
  });

  test.each<[string, Fault['path']]>([
    ['the merge requests of the commit', /commits\/[0-9a-f]+\/pulls$/],
    ['the reviews', /reviews$/],
    ['what was shown', /issues\/1\/comments$/],
  ])('that may not read %s writes nothing and names the right that is missing', async (_what, path) => {
    await ready();
    server.fault({ path, times: 9, answer: refusal });
    const run = await shop.apply();
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toMatch(/forbidden[\s\S]*pull-requests: read/);
    expect(applied()).toBe(false);
    expect(() => server.verify()).toThrow(/nobody met the fault/);
  });

  test('whose token expired writes nothing', async () => {
    await ready();
    const run = await shop.apply({ GITHUB_TOKEN: 'ghs_expired' });
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toMatch(/unauthenticated/);
    expect(run.stdout + run.stderr).not.toContain('ghs_expired');
    expect(applied()).toBe(false);
  });

  test('that reaches nobody writes nothing', async () => {
    await ready();
    const run = await shop.apply({ GITHUB_API_URL: 'http://127.0.0.1:1' });
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toMatch(/unreachable/);
    expect(applied()).toBe(false);
  });

  test.each<[string, Fault['answer'], string]>([
    ['it may not write it', refusal, 'forbidden'],
    [
      'the forge has no quota left',
      { status: 429, headers: { 'retry-after': '86400' }, body: { message: 'slow down' } },
      'rate limit',
    ],
    ['the forge does not take the text', { status: 422, body: { message: 'Validation Failed' } }, 'rejected'],
    ['the merge request is gone', { status: 404, body: { message: 'Not Found' } }, 'not there'],
  ])('stays applied, and says so, when its outcome cannot be commented: %s', async (_what, answer, said) => {
    await ready();
    server.fault({ method: 'PATCH', path: /issues\/comments\//, times: 9, answer });
    const run = await shop.apply();
    expect([run.exitCode, applied()]).toEqual([0, true]);
    expect(run.stderr).toContain('The outcome could not be written to merge request 1');
    expect(run.stderr).toContain(said);
    expect(() => server.verify()).toThrow(/nobody met the fault/);
  });

  test('does not count an approver whose rights it may not read', async () => {
    await ready();
    server.fault({ path: /collaborators\/rita\/permission$/, answer: refusal });
    expect((await shop.apply()).stdout).toContain('approval-missing');
    expect(applied()).toBe(false);
  });

  test.each<[string, (pull: number) => void]>([
    ['lost the right to write', () => server.state.setPermission('rita', 'read')],
    ['asked for changes since', (pull) => void server.state.review(pull, 'rita', 'CHANGES_REQUESTED')],
    ['had the approval dismissed', () => server.state.dismiss(server.state.reviews[0]?.id ?? 0)],
  ])('does not count an approver who %s', async (_what, event) => {
    event(await ready());
    expect((await shop.apply()).stdout).toContain('approval-missing');
    expect(applied()).toBe(false);
  });

  test('does not believe a plan that a writer put in a comment of their own', async () => {
    const pull = await ready();
    const [shown] = server.state.comments.splice(0);
    server.state.comment(pull, 'ann', shown?.body ?? '');
    expect((await shop.apply()).stdout).toContain('not-shown');
    expect(applied()).toBe(false);
  });
});

test('a proxy that the variables ask for is used, and one that is not there is named as what is unreachable', async () => {
  const run = await shop.plan(propose(), { http_proxy: 'http://127.0.0.1:1', no_proxy: '' });
  expect(run.stdout + run.stderr).toMatch(/unreachable|did not answer/);
  expect(server.requests).toEqual([]);
  const direct = await shop.plan(1, { http_proxy: 'http://127.0.0.1:1', no_proxy: '127.0.0.1' });
  expect(direct.exitCode).toBe(0);
  expect(server.requests[0]?.headers['user-agent']).toMatch(/^pushgate\/\d/);
}, 120_000);

describe('a plan', () => {
  test('that may not comment is shown in the log all the same, and says why', async () => {
    const pull = propose();
    server.fault({ method: 'POST', path: /comments$/, answer: refusal });
    const run = await shop.plan(pull);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('Service shop/catalog');
    expect(run.stderr).toMatch(/forbidden[\s\S]*pull-requests: write/);
  });

  test('fails without its comment only when that was asked for', async () => {
    const pull = propose();
    server.fault({ method: 'POST', path: /comments$/, answer: refusal });
    const run = await shop.pipeline.onPull(pull, { words: ['plan', '--comment', 'always'] });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('✖ forbidden');
  });

  test('whose comment the forge took without saying so makes no second one', async () => {
    const pull = propose();
    server.fault({ method: 'POST', path: /comments$/, answer: 'lost' });
    expect((await shop.plan(pull)).exitCode).toBe(0);
    expect((await shop.plan(pull)).exitCode).toBe(0);
    expect(server.state.comments).toHaveLength(1);
  });

  test('is shown though the reviews cannot be read', async () => {
    const pull = propose();
    server.fault({ path: /reviews$/, answer: refusal });
    const run = await shop.plan(pull);
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('Who approved could not be read')]);
    expect(server.state.comments).toHaveLength(1);
  });
});
