import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GitHubPipeline } from '../support/github-pipeline.ts';
import { githubPipeline } from '../support/github-pipeline.ts';
import type { GitHubServer } from '../support/github-server.ts';
import { startGitHubServer } from '../support/github-server.ts';

const config = `version: 1
defaults: { namespace: shop }
releases:
  - { name: catalog, chart: catalog, values: ["{environment}.yaml"] }
  - { name: cart, chart: cart }
environments:
  staging:
    manifests: { repository: ., branch: deploy/staging }
    refs: [main]
    gate: { mode: none }
  production:
    manifests: { repository: ., branch: deploy/production }
    refs: [main]
    after: [staging]
    gate: { mode: none }
`;

const map = (name: string, value: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { url: ${value} }
`;

let server: GitHubServer;
let pipeline: GitHubPipeline;

beforeAll(async () => {
  server = await startGitHubServer();
  const token = server.state.workflowToken({ contents: 'write', pull_requests: 'write' });
  pipeline = githubPipeline(server, token, { runs: 'here' });
  const chart = (name: string): string => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;
  const files = {
    'pushgate.yaml': config,
    'catalog/Chart.yaml': chart('catalog'),
    'catalog/templates/map.yaml': map('catalog', '{{ required "say the url" .Values.url | quote }}'),
    'cart/Chart.yaml': chart('cart'),
    'cart/templates/map.yaml': map('cart', 'cart.test'),
    'staging.yaml': '{}\n',
    'production.yaml': 'url: catalog.test\n',
  };
  server.state.repository.commit({ branch: 'main', files, message: 'The shop' });
  server.state.repository.commit({ branch: 'main', files: { 'README.md': 'Rules are there now' }, message: 'Next' });
});

afterAll(async () => {
  pipeline[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

async function apply(environment: string): Promise<readonly [number, string]> {
  const { exitCode, stdout } = await pipeline.onPush('main', { words: ['apply', '--environment', environment] });
  return [exitCode, stdout];
}

test('an environment waits for the one before it while a release does not even render there', async () => {
  const [code, text] = await apply('staging');
  expect([code, text]).toEqual([expect.any(Number), expect.stringContaining('say the url')]);
  expect(code).not.toBe(0);
  expect(server.state.repository.git('ls-tree', '-r', '--name-only', 'deploy/staging')).toContain(
    'ConfigMap_shop_cart',
  );
  expect(await apply('production')).toEqual([3, expect.stringContaining('production comes after staging')]);

  server.state.repository.commit({ branch: 'main', files: { 'staging.yaml': 'url: test\n' }, message: 'Say it' });
  expect(await apply('staging')).toEqual([0, expect.any(String)]);
  expect(await apply('production')).toEqual([0, expect.any(String)]);
});
