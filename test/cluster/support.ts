/** What the cluster suites share: a client as one of the bed's logins, and the walk from rendered objects to a plan. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, makeClient } from '../../src/cluster/read/client.ts';
import { discover } from '../../src/cluster/read/discovery.ts';
import type { RenderedHooks } from '../../src/cluster/read/hook-facts.ts';
import { formatJson } from '../../src/cluster/read/json.ts';
import { loadKubeconfig } from '../../src/cluster/read/kubeconfig.ts';
import { readParent } from '../../src/cluster/read/parent.ts';
import type { PredictionMode } from '../../src/cluster/read/predict-here.ts';
import { gatherRelease } from '../../src/cluster/read/release-facts.ts';
import { viewCluster } from '../../src/cluster/read/view.ts';
import { applyRelease, type ReleaseOutcome } from '../../src/cluster/write/apply-release.ts';
import type { ApplyRelease } from '../../src/cluster/write/release-run.ts';
import type { Progress } from '../../src/cluster/write/wait.ts';
import type { Environment } from '../../src/config/config.ts';
import { buildPlan } from '../../src/plan/build.ts';
import type { ReleaseFacts } from '../../src/plan/facts.ts';
import type { Change, PlannedRelease } from '../../src/plan/plan.ts';
import type { ReleaseWork } from '../../src/plan/work.ts';
import { Problem } from '../../src/problem.ts';
import { formatKey, type JsonObject, type Resource } from '../../src/resource/resource.ts';
import type { Bed, Login } from '../bed/bed.ts';

/** An empty folder to stand for the checkout. */
export const checkout = mkdtempSync(join(tmpdir(), 'pushgate-checkout-'));

export function clientOf(bed: Bed, login: Login): Client {
  return clientFor(bed.kubeconfigs[login]);
}

export function clientFor(kubeconfig: string, context?: string): Client {
  const config = loadKubeconfig({ kubeconfig, home: undefined, context, checkout });
  return makeClient({ config, userAgent: 'pushgate-test', timeout: 10_000 });
}

export const environment: Environment = {
  name: 'production',
  target: { kind: 'cluster', context: undefined },
  refs: ['main'],
  after: [],
  releases: ['catalog'],
  overrides: {},
  gate: { mode: 'none', approvals: 0, selfApproval: false },
  prune: { brake: { objects: 20, percent: 30 }, protect: ['Namespace', 'PersistentVolumeClaim'] },
  drift: { mode: 'report', ignore: [] },
  namespaces: undefined,
};

export interface Walk {
  readonly client: Client;
  readonly namespace: string;
  readonly objects: readonly Resource[];
  readonly release?: string;
  readonly hooks?: RenderedHooks;
  readonly intent?: 'removal';
  readonly prediction?: PredictionMode;
}

export interface Planned {
  readonly release: PlannedRelease;
  /** Texts of the plan's notices. */
  readonly notices: readonly string[];
  readonly work: ReleaseWork;
  readonly facts: ReleaseFacts;
  readonly apply: (
    options?: Partial<ApplyRelease>,
  ) => Promise<ReleaseOutcome & { readonly progress: readonly string[] }>;
}

/** Plans one release as a command would, and gives the way to apply exactly that plan. */
export async function plan({
  client,
  namespace,
  objects,
  hooks,
  intent,
  prediction,
  release = 'catalog',
}: Walk): Promise<Planned> {
  const discovery = await discover(client);
  const place = { name: release, namespace, marks: 'helm' } as const;
  const parent = await readParent(client, place);
  const rendered = objects.map((resource) => ({
    resource,
    bound: resource,
    source: `templates/${resource.kind.toLowerCase()}.yaml`,
    origin: undefined,
  }));
  const facts = await gatherRelease(
    viewCluster(client, discovery),
    {
      ...{ ...place, objects: rendered, target: undefined },
      ...(hooks === undefined ? {} : { hooks }),
      ...(intent === undefined ? {} : { intent }),
      prediction,
    },
    parent,
  );
  const built = buildPlan({
    environment,
    target: 'cluster bed',
    commit: { rendered: 'c1', head: undefined, base: undefined },
    comparison: 'branch',
    releases: [facts],
    notices: [],
    mask: { secrets: [], key: 'key' },
    now: new Date('2026-01-01T00:00:00Z'),
  });
  const [planned] = built.plan.releases;
  const [work] = built.work.releases;
  if (planned === undefined || work === undefined) throw new Error('a plan of one release has one release');
  const apply: Planned['apply'] = async (options) => {
    const progress: string[] = [];
    const outcome = await applyRelease({
      client,
      discovery,
      release: place,
      work,
      parent,
      origin: { environment: 'production', commit: 'c1', repository: 'my/shop', mergeRequests: [17] },
      chart: { name: release, version: '1.0.0', appVersion: '1' },
      config: {},
      manifest: objects.map((object) => `---\n# Source: ${object.kind}\n${formatJson(object)}\n`).join(''),
      namespaces: [namespace],
      toolVersion: '0.1.0',
      holder: 'run 1',
      lockWait: 0,
      readyTimeout: 20_000,
      onProgress: (event) => progress.push(progressText(event)),
      signal: undefined,
      now: () => new Date(),
      ...options,
    });
    return { ...outcome, progress };
  };
  return { release: planned, notices: built.plan.notices.map(({ text }) => text), work, facts, apply };
}

function progressText(event: Progress): string {
  if (event.kind === 'waiting-for-lock') return `waiting for ${event.holder}`;
  const said = event.kind === 'wrote' ? event.outcome : `${event.kind} ${event.message}`;
  return `${event.key.kind} ${event.key.name} ${said}`.trim();
}

/** A change as one line: `update Deployment shop/web: spec.replicas 3 → 2`. */
export function line(change: Change): string {
  const fields = change.action === 'create' || change.action === 'delete' ? [] : change.fields;
  const texts = fields.map(({ path, from, to }) => `${path} ${from ?? '∅'} → ${to ?? '∅'}`);
  return `${change.action} ${formatKey({ ...change.key, namespace: '' })}${texts.length > 0 ? `: ${texts.join(', ')}` : ''}`;
}

/** What a call is refused with. */
export async function problem(work: Promise<unknown>): Promise<Problem> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

export function configMap(name: string, data: JsonObject): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

export function deployment(name: string, replicas: number): Resource {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: 'registry.test/app:1', resources: { limits: { cpu: '1000m' } } }] },
      },
    },
  };
}
