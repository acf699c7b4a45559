import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GitHubServer } from '../support/github-server.ts';
import { type Shop, shopConfig, startShop } from '../support/github-shop.ts';

function deployment(replicas: number, image = 'mygoodies/catalog:1.12.8'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: catalog }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: catalog } }
  template:
    metadata: { labels: { app: catalog } }
    spec:
      containers:
        - { name: catalog, image: "${image}" }
`;
}

const balanced = `apiVersion: v1
kind: Service
metadata: { name: catalog }
spec: { type: LoadBalancer, ports: [{ port: 80, targetPort: 8000 }] }
`;

let shop: Shop;
let server: GitHubServer;

beforeAll(async () => {
  shop = await startShop({ 'catalog/deployment.yaml': deployment(3), 'catalog/service.yaml': balanced });
  server = shop.server;
  server.state.addUser('guest', 'read');
});
afterAll(() => shop[Symbol.asyncDispose]());

function commentOn(pull: number): string {
  const ours = server.state.comments.filter(({ number, account }) => number === pull && account.bot);
  expect(ours).toHaveLength(1);
  return ours[0]?.body ?? '';
}

function deployed(path: string): string | undefined {
  return server.state.repository.file('refs/heads/deploy/production', path);
}

function deployedFiles(): readonly string[] {
  return server.state.repository
    .git('ls-tree', '-r', '--name-only', 'deploy/production')
    .split('\n')
    .filter((name) => !name.startsWith('.pushgate'));
}

describe('from merge request to the rendered branch', () => {
  test('the first commit has no policy before it, so nothing is applied yet', async () => {
    const run = await shop.apply();
    expect(run.stdout).toContain('catalog in production was not applied: no-policy');
    expect(run.exitCode).toBe(3);
    expect(server.state.repository.resolve('refs/heads/deploy/production')).toBeUndefined();
  });

  test('a merge request is planned and commented: its own change apart from what waits on the branch', async () => {
    const pull = shop.propose({ 'catalog/deployment.yaml': deployment(2) });
    const run = await shop.plan(pull);
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining('comment created')]);
    const body = commentOn(pull);
    expect(body).toContain('## Pushgate: 2 created in production');
    expect(body).toContain('merged before, not yet applied');
    expect(body).toContain('**Waiting for approval.**');
  });

  test('merged without an approval that counts, it is refused by name and nothing is written', async () => {
    server.state.review(1, 'guest', 'APPROVED');
    server.state.merge(1, 'ann');
    const run = await shop.apply();
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('was not applied: approval-missing');
    expect(run.stdout).toContain('Nothing of catalog was written');
    expect(commentOn(1)).toContain('**Not applied**: catalog in production, <code>approval-missing</code>');
    expect(server.state.repository.resolve('refs/heads/deploy/production')).toBeUndefined();
  });

  test('the next merge request shows it too; approved and merged, all of it is applied', async () => {
    await shop.approved({ 'README.md': 'More words' });
    const run = await shop.apply();
    expect([run.exitCode, run.stderr]).toEqual([0, expect.any(String)]);
    expect(run.stdout).toContain('catalog: 2 created, shown in !2');
    expect(commentOn(2)).toContain('**Applied**: catalog in production, 2 created');
    expect(deployedFiles()).toHaveLength(2);
    const message = server.state.repository.git('log', '-1', '--format=%B', 'deploy/production');
    expect(message).toContain(server.state.repository.resolve('refs/heads/main') ?? 'no main');
    expect(message).toContain('Pushgate-Merge-Request: 2');
  });

  test('again, there is nothing to do and nothing is written', async () => {
    const before = server.state.repository.resolve('refs/heads/deploy/production');
    const run = await shop.apply();
    expect(run.exitCode).toBe(0);
    expect(server.state.repository.resolve('refs/heads/deploy/production')).toBe(before);
  });

  test('two merge requests merged in a row before any apply: both are applied at once', async () => {
    const first = shop.propose({ 'catalog/deployment.yaml': deployment(4) });
    const second = shop.propose({ 'catalog/service.yaml': balanced.replace('port: 80', 'port: 81') });
    for (const pull of [first, second]) {
      await shop.plan(pull);
      server.state.review(pull, 'rita', 'APPROVED');
    }
    server.state.merge(first, 'ann');
    server.state.merge(second, 'ann', 'squash');
    const run = await shop.apply();
    expect(run.stdout).toContain('catalog: 2 updated, shown in');
    expect(run.exitCode).toBe(0);
  });

  test('a push after the approval: what was merged is not what was approved', async () => {
    const pull = shop.propose({ 'catalog/deployment.yaml': deployment(5) });
    await shop.plan(pull);
    server.state.review(pull, 'rita', 'APPROVED');
    const { source } = server.state.pulls.get(pull) ?? { source: '' };
    server.state.repository.commit({
      branch: source,
      files: { 'catalog/deployment.yaml': deployment(50) },
      message: 'One more',
    });
    server.state.merge(pull, 'ann');
    const run = await shop.apply();
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toMatch(/was not applied: (not-shown|head-moved)/);
    expect(deployed(deployedFiles().find((name) => /deployment/i.test(name)) ?? '')).toContain('replicas: 4');
  });

  test('an old job that is retried never undoes a newer apply', async () => {
    await shop.approved({ 'catalog/deployment.yaml': deployment(6) });
    const older = server.state.repository.resolve('refs/heads/main~1');
    expect((await shop.apply()).exitCode).toBe(0);
    const run = await shop.pipeline.onPush('main', {
      words: ['apply'],
      ...(older === undefined ? {} : { commit: older }),
    });
    expect(run.stdout).toContain('was not applied: superseded');
    expect(run.exitCode).toBe(3);
  });

  test('a merge request cannot loosen its own gate, and says that it tries', async () => {
    const loosened = `${shopConfig}    gate: { mode: none }\n`;
    const pull = shop.propose({ 'pushgate.yaml': loosened, 'catalog/deployment.yaml': deployment(7) });
    await shop.plan(pull);
    expect(commentOn(pull)).toContain('changes the rules of production');
    server.state.merge(pull, 'ann');
    const run = await shop.apply();
    expect(run.stdout).toContain('approval-missing');
    expect(run.exitCode).toBe(3);
  });

  test('a direct push was shown to nobody', async () => {
    server.state.repository.commit({
      branch: 'main',
      files: { 'pushgate.yaml': shopConfig },
      message: 'Back to the gate',
    });
    await shop.approved({ 'README.md': 'Show what waits' });
    expect((await shop.apply()).exitCode).toBe(0);
    server.state.repository.commit({
      branch: 'main',
      files: { 'catalog/deployment.yaml': deployment(8) },
      message: 'Straight to main',
    });
    const run = await shop.apply();
    expect(run.stdout).toContain('was not applied: no-merge-request');
  });

  test('apply does not run on a merge request', async () => {
    const pull = shop.propose({ 'README.md': 'Words' });
    const run = await shop.pipeline.onPull(pull, { words: ['apply'] });
    expect(run.stderr).toContain('✖ wrong-ref');
    expect(run.exitCode).toBe(3);
  });
});
