/** A rendered-manifests environment on real repositories: what an apply would hand over, and a person who edits by hand. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ManifestsState, readManifests } from '../../src/manifests/read.ts';
import { type ManifestsRepository, openManifests } from '../../src/manifests/repository.ts';
import { writeReleases } from '../../src/manifests/write.ts';
import type { ManifestsWrite } from '../../src/manifests/writing.ts';
import type { Action } from '../../src/plan/plan.ts';
import type { ObjectWork, ReleaseWork } from '../../src/plan/work.ts';
import { Problem } from '../../src/problem.ts';
import { keyOf, type Resource } from '../../src/resource/resource.ts';
import type { GitFixture } from './git-fixture.ts';

export const source = { repository: 'https://git.example.test/shop.git', commit: 'a'.repeat(40) };
export const now = new Date('2026-11-20T16:41:00Z');

export function deployment(name: string, replicas: number): Resource {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' }, spec: { replicas } };
}

export function config(name: string, data: Record<string, string>): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

export function work(
  name: string,
  desired: readonly Resource[],
  actions: readonly (readonly [Action, Resource])[],
): ReleaseWork {
  const writes = actions.map(([action, resource]): ObjectWork => {
    const change = {
      key: keyOf(resource),
      action,
      causes: [],
      fields: [],
      consequences: [],
      source: undefined,
      digest: '',
      parts: [],
    };
    return { change, desired: action === 'delete' ? undefined : resource, live: undefined };
  });
  return { name, namespace: 'shop', writes, desired };
}

export function created(name: string, ...resources: readonly Resource[]): ReleaseWork {
  return work(
    name,
    resources,
    resources.map((resource) => ['create', resource]),
  );
}

export interface Bench {
  readonly fixture: GitFixture;
  readonly repository: ManifestsRepository;
  readonly apply: (...works: readonly ReleaseWork[]) => ReturnType<typeof writeReleases>;
  readonly applySeen: (seen: ManifestsState, ...works: readonly ReleaseWork[]) => ReturnType<typeof writeReleases>;
  readonly show: (path: string) => string;
  readonly files: () => readonly string[];
}

export async function bench(
  fixture: GitFixture,
  options: { readonly checkout: string; readonly origin: string; readonly repository?: string; readonly path?: string },
): Promise<Bench> {
  const { checkout, origin } = options;
  const target = {
    kind: 'manifests',
    repository: options.repository ?? '.',
    branch: 'deploy/production',
    path: options.path ?? '.',
  } as const;
  const repository = await openManifests({ target, checkout, variables: fixture.variables });
  const applySeen: Bench['applySeen'] = async (seen, ...works) => {
    const releases = works.map((one) => ({ work: one, mergeRequests: [17], late: { 'image.tag': 'v1' } }));
    const write: ManifestsWrite = { seen, environment: 'production', source, releases, now };
    return await writeReleases(repository, write);
  };
  return {
    fixture,
    repository,
    applySeen,
    apply: async (...works) => await applySeen(await readManifests(repository, []), ...works),
    show: (path) => fixture.git(origin, 'show', `deploy/production:${path}`),
    files: () => fixture.git(origin, 'ls-tree', '-r', '--name-only', 'deploy/production').split('\n'),
  };
}

export async function shop(fixture: GitFixture): Promise<Bench> {
  const origin = fixture.bare('origin.git');
  const checkout = fixture.clone(origin, 'shop');
  fixture.commit(checkout, { 'README.md': 'shop\n' }, 'First');
  fixture.git(checkout, 'push', '--quiet', 'origin', 'main');
  return await bench(fixture, { checkout, origin });
}

export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error(`expected a Problem, got ${String(error)}`);
  return error;
}

/** Edits the branch from another clone, as a person would. */
export function editByHand(
  fixture: GitFixture,
  files: Parameters<GitFixture['commit']>[1],
  message: string,
  author = 'Grace',
): string {
  const folder = join(fixture.directory, 'by-hand');
  if (!existsSync(folder)) fixture.clone(join(fixture.directory, 'origin.git'), 'by-hand');
  fixture.git(folder, 'fetch', '--quiet', 'origin');
  fixture.git(folder, 'checkout', '--quiet', '-B', 'deploy/production', 'origin/deploy/production');
  const commit = fixture.commit(folder, files, message, { author, time: '2026-11-20T17:03:00Z' });
  fixture.git(folder, 'push', '--quiet', 'origin', 'deploy/production');
  return commit;
}
