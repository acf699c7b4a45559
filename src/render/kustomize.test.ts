import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { configOfCommandLine, resolveReleases } from '../config/index.ts';
import { formatProblem, Problem } from '../problem.ts';
import { formatKey, keyOf } from '../resource/resource.ts';
import { kustomizeFiles } from './kustomize-files.ts';
import { renderRelease } from './render.ts';
import type { Rendered } from './rendered.ts';

const repository = {
  'infra/base/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'infra/base/deployment.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 1 }\n',
  'infra/overlays/production/kustomization.yaml':
    'resources: [../../base]\nnamePrefix: prod-\nreplicas: [{ name: web, count: 3 }]\n',
  'secret/values.yaml': 'password: hunter2\n',
};
const overlay = 'infra/overlays/production';

describe('the files that a kustomization needs', () => {
  test('are those of its folder and of what it builds on, and no others', () => {
    const files = kustomizeFiles({ files: mapOf(repository), path: overlay, origin: '' }, overlay);

    expect([...files.keys()].toSorted()).toEqual([
      'infra/base/deployment.yaml',
      'infra/base/kustomization.yaml',
      'infra/overlays/production/kustomization.yaml',
    ]);
  });

  test.each([
    ['another repository', 'resources: ["https://github.com/a/b//x?ref=main"]', 'it would be fetched'],
    ['another repository in short', 'resources: [github.com/a/b//x]', 'it would be fetched'],
    ['a repository by ssh', 'resources: ["git@github.com:a/b.git"]', 'it would be fetched'],
    ['a patch from somewhere', 'patches: [{ path: "http://a.example/p.yaml" }]', 'it would be fetched'],
    [
      'a generated file from somewhere',
      'configMapGenerator: [{ name: a, files: ["k=https://a.example/x"] }]',
      'it would be fetched',
    ],
    ['a Helm chart inside', 'helmCharts: [{ name: a }]', 'helmCharts is not allowed'],
    ['something outside', 'resources: [../../../../etc]', '"../../../../etc" leads out of the repository'],
    ['something that is not there', 'resources: [../../bas]', '"../../bas" does not exist'],
    [
      'a folder without kustomization',
      'resources: [../../../secret]',
      '"../../../secret" is a folder without kustomization.yaml',
    ],
  ])('never are %s', (_, text, message) => {
    const files = mapOf({ ...repository, [`${overlay}/kustomization.yaml`]: `${text}\n` });
    const find = () => kustomizeFiles({ files, path: overlay, origin: '' }, overlay);

    expect(find).toThrow(Problem);
    expect(find).toThrow(message);
  });

  test('are named with the line of the mistake', () => {
    const files = mapOf({
      ...repository,
      [`${overlay}/kustomization.yaml`]: 'namePrefix: x-\nresources:\n- nowhere\n',
    });
    let text = '';
    try {
      kustomizeFiles({ files, path: overlay, origin: '' }, overlay);
    } catch (error) {
      text = formatProblem(error as Problem);
    }

    expect(text).toContain(`✖ source-missing: ${overlay}/kustomization.yaml:3:3\n  "nowhere" does not exist`);
  });
});

describe('the program', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pushgate-programs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('that is missing is said', async () => {
    await expect(render(folder)).rejects.toMatchObject({
      reason: 'tool-missing',
      message: `${overlay} is a kustomization, and neither kustomize nor kubectl is installed`,
    });
  });

  test('kubectl is used when kustomize is not there, with no variable of the job and with plugins off', async () => {
    program(
      'kubectl',
      'printf "apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: seen }\\ndata: { args: \\"%s %s\\", secret: \\"%s\\", home: \\"%s\\" }\\n" "$1" "$2" "$DB_PASSWORD" "$HOME"',
    );
    process.env['DB_PASSWORD'] = 'hunter2';
    try {
      const { objects } = await render(folder);

      expect(objects[0]?.resource['data']).toMatchObject({
        args: 'kustomize --load-restrictor=LoadRestrictionsRootOnly',
        secret: '',
        home: expect.stringMatching(/pushgate-kustomize-/),
      });
    } finally {
      process.env['DB_PASSWORD'] = '';
    }
  });

  test('that fails says why, in paths of the repository, and leaves nothing behind', async () => {
    program('kustomize', 'echo "Error: bad patch in $3" >&2; exit 1');
    const before = copies();

    await expect(render(folder)).rejects.toMatchObject({
      reason: 'render-failed',
      excerpt: `bad patch in ${overlay}`,
    });
    expect(copies()).toEqual(before);
  });

  function program(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  function copies(): readonly string[] {
    return readdirSync(tmpdir()).filter((name) => name.startsWith('pushgate-kustomize-'));
  }
});

const real = await render(process.env['PATH'] ?? '').catch((error: unknown) => error);
const missing = real instanceof Problem && real.reason === 'tool-missing';

(missing ? test.skip : test)(
  'an overlay is built by the real program (skipped: neither kustomize nor kubectl is installed)',
  () => {
    if (real instanceof Error) throw real;
    const { objects } = real as Rendered;

    expect(objects.map(({ resource, source }) => `${formatKey(keyOf(resource))} from ${source}`)).toEqual([
      `Deployment shop/prod-web from ${overlay}`,
    ]);
    expect(objects[0]?.resource['spec']).toEqual({ replicas: 3 });
  },
);

function render(path: string): Promise<Rendered> {
  const config = configOfCommandLine({ chart: overlay, namespace: 'shop' });
  return renderRelease({
    release: resolveReleases(config, 'default')[0]!,
    repository: mapOf(repository),
    phase: 'plan',
    env: (name) => (name === 'PATH' ? path : undefined),
  });
}

function mapOf(files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}
