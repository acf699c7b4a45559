/** Values that a chart draws, where the environment is a branch: drawn once, kept, and shown as what they are. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { renderChart } from '../../src/helm/index.ts';
import { GitFixture } from '../support/git-fixture.ts';
import { runHere } from '../support/run-here.ts';

const config = `version: 1
defaults: { namespace: shop }
releases:
  - { name: shop, chart: chart }
environments:
  production: { manifests: { repository: ., branch: deploy, path: . }, refs: [main], gate: { mode: none } }
`;

const template = `{{- $id := randAlphaNum 12 -}}
apiVersion: v1
kind: ConfigMap
metadata: { name: shop }
data:
  id: {{ $id | quote }}
  address: "https://{{ $id }}.{{ .Values.domain }}"
  installed: {{ now | date "2006-01-02 15:04:05.000" | quote }}
  level: {{ .Values.level | quote }}
  sum: {{ printf "%s %s" $id .Values.level | sha256sum }}
`;

describe('values that a chart draws, in a branch of rendered manifests', () => {
  const git = new GitFixture();
  const folder = join(git.directory, 'shop');
  beforeAll(() => {
    mkdirSync(folder);
    git.git(folder, 'init', '--quiet');
    git.git(folder, 'config', 'user.name', 'Ada');
    git.git(folder, 'config', 'user.email', 'ada@example.test');
    const chart = {
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'chart/templates/a.yaml': template,
    };
    git.commit(folder, { 'pushgate.yaml': config, ...chart }, 'The shop');
  });
  afterAll(() => git[Symbol.dispose]());

  const values = (text: string): void => void git.commit(folder, { 'chart/values.yaml': text }, text.trim());
  const run = (...words: readonly string[]) =>
    runHere({ words, directory: folder, env: git.variables as Record<string, string> });
  const file = (): string => git.git(folder, 'show', 'deploy:shop/ConfigMap_shop_shop.yaml');
  const at = (key: string): string => new RegExp(`${key}: "?([^"\\n]*)`).exec(file())?.[1] ?? '';

  test('are generated at the apply, which has the digest that the plan had', async () => {
    values('domain: example.test\nlevel: info\n');
    const first = await run('plan');
    expect((await run('plan')).stdout).toBe(first.stdout);
    const plans = JSON.parse((await run('plan', '--output', 'json')).stdout);
    const { digest } = plans.environments[0].plan;
    expect(JSON.stringify(plans)).toContain('‹generated at apply›');
    expect(await run('apply', '--expect-digest', digest)).toMatchObject({ exitCode: 0 });
    expect(at('id')).toMatch(/^[0-9A-Za-z]{12}$/);
    expect(at('address')).toBe(`https://${at('id')}.example.test`);
  });

  test('stay, with all that follows, as long as nothing about them changes', async () => {
    const before = file();
    expect((await run('plan')).stdout).toContain('Nothing to apply');
    await run('apply');
    expect(file()).toBe(before);
  });

  test('stay when what stands beside them changes, and what follows from both follows', async () => {
    const [id, installed, sum] = ['id', 'installed', 'sum'].map(at);
    values('domain: example.org\nlevel: debug\n');
    const { stdout } = await run('plan');
    expect(stdout).toContain('sum changed');
    expect(await run('apply')).toMatchObject({ exitCode: 0 });
    expect([at('id'), at('installed'), at('address')]).toEqual([id, installed, `https://${id}.example.org`]);
    expect(at('sum')).not.toBe(sum);
    expect((await run('plan')).stdout).toContain('Nothing to apply');
  });

  test.each([
    ['a name', 'metadata: { name: "{{ randAlpha 5 | lower }}" }', 'has a name that is drawn anew each time'],
    ['a key', 'metadata: { name: x }\ndata: { "{{ randAlpha 5 }}": "1" }', 'is built differently each time, at data'],
  ])('are refused where they are %s', async (_, part, message) => {
    git.commit(folder, { 'chart/templates/b.yaml': `apiVersion: v1\nkind: ConfigMap\n${part}\n` }, 'Draw more');
    const { exitCode, stdout } = await run('plan');
    git.commit(folder, { 'chart/templates/b.yaml': undefined }, 'Draw no more');
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('not-repeatable')]);
    expect(stdout).toContain(message);
  });

  test('are refused at the apply where a template knows the stand-ins, and would apply what it did not show', async () => {
    const known = (['first', 'second'] as const).map(standIn);
    const asks = `apiVersion: v1
kind: ConfigMap
metadata: { name: asks }
data: { image: "{{ if has (randAlphaNum 8) (list "${known.join('" "')}") }}good{{ else }}evil{{ end }}" }
`;
    git.commit(folder, { 'chart/templates/b.yaml': asks }, 'Ask what was drawn');
    expect((await run('plan', '--output', 'json')).stdout).toContain('good');
    const { exitCode, stdout } = await run('apply');
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain('becomes more than was shown, at ConfigMap shop/asks data.image');
    expect(git.git(folder, 'ls-tree', '-r', '--name-only', 'deploy')).not.toContain('asks');
  });
});

/** What the one call of the template `b.yaml` gives while it is planned. */
function standIn(seed: 'first' | 'second'): string {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const { drawn } = renderChart({
    source: {
      kind: 'folder',
      files: new Map([
        ['Chart.yaml', bytes('apiVersion: v2\nname: shop\nversion: 1.0.0\n')],
        ['templates/b.yaml', bytes('a: {{ randAlphaNum 8 }}')],
      ]),
    },
    values: {},
    release: { name: 'shop', namespace: 'shop' },
    world: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
    draws: { kind: 'stand-in', seed, scope: 'production/shop/shop' },
  });
  return drawn?.draws[0]?.texts[0] ?? '';
}
