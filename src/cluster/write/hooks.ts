/** Running hooks as Helm does: one after the other, by weight and name, each until it is done. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HookWork } from '../../plan/hooks.ts';
import { Problem } from '../../problem.ts';
import { type Health, healthOf } from '../../resource/health/health.ts';
import { policiesOf } from '../../resource/hook.ts';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { formatKey, keyOf, valueAt } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import type { Discovery } from '../read/discovery.ts';
import { hookInTheWay, unknownValues } from '../read/hook-trial.ts';
import { type ObjectPlace, readObject } from '../read/objects.ts';
import { seenOf } from '../read/predict.ts';
import { placeOf } from '../read/prepare.ts';
import type { KnownSecrets } from '../read/trouble.ts';
import { type Progress, waitUntilReady } from './wait.ts';
import { applyObject, deleteObject } from './write-object.ts';

export interface RunHooks {
  readonly client: Client;
  readonly discovery: Discovery;
  /** Namespace of hooks that name none. */
  readonly namespace: string;
  readonly hooks: readonly HookWork[];
  readonly event: string;
  /** Milliseconds for each hook. */
  readonly timeout: number;
  readonly onProgress: (progress: Progress) => void;
  /** What the last lines of a hook may quote. */
  readonly secrets: KnownSecrets;
  readonly signal: AbortSignal | undefined;
}

/**
 * Throws `Problem`: `hook-failed` with the last events and lines of what failed, `conflict` where an object of the
 * hook's name is there that is none, whatever the server says of the object, and `cancelled`.
 */
export async function runHooks(options: RunHooks): Promise<void> {
  const own = options.hooks.filter(({ rules }) => rules.events.includes(options.event)).sort(inOrder);
  const done: Made[] = [];
  for (const hook of own) done.push(await runHook(options, hook));
  // Only when all of them came through: what failed later may need what ran before.
  for (const made of done.reverse()) {
    if (policiesOf(made.hook.rules).includes('hook-succeeded')) await remove(options, made.place);
  }
}

interface Made {
  readonly hook: HookWork;
  readonly place: ObjectPlace;
}

function inOrder(a: HookWork, b: HookWork): number {
  return a.rules.weight - b.rules.weight || (a.resource.metadata.name < b.resource.metadata.name ? -1 : 1);
}

async function runHook(options: RunHooks, hook: HookWork): Promise<Made> {
  const { client, onProgress } = options;
  const unknown = unknownValues(hook.resource);
  if (unknown !== undefined) throw unknown;
  const resource = inNamespace(hook.resource, options);
  const place = placeOf(options.discovery, resource, hook.source);
  await makeRoom(options, hook, place);
  const made = await applyObject({ client, place, resource, live: undefined, source: hook.source });
  try {
    await untilDone(options, hook, place, made);
  } catch (error) {
    if (error instanceof Problem && error.reason === 'hook-failed') {
      if (policiesOf(hook.rules).includes('hook-failed')) await remove(options, place);
    }
    throw error;
  }
  onProgress({ kind: 'wrote', key: keyOf(resource), outcome: 'ran' });
  return { hook, place };
}

function inNamespace(resource: Resource, { namespace, discovery }: RunHooks): Resource {
  const info = discovery.find(resource.apiVersion, resource.kind);
  if (info?.namespaced !== true || typeof resource.metadata['namespace'] === 'string') return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace } };
}

/** What an earlier run left of the hook goes first, where its policy says so; anything else of the name is not ours. */
async function makeRoom(options: RunHooks, { rules, source }: HookWork, place: ObjectPlace): Promise<void> {
  const live = await readObject(options.client, place);
  if (live === undefined) return;
  const inTheWay = hookInTheWay(live, rules, source);
  if (inTheWay !== undefined) throw inTheWay;
  await remove(options, place);
}

async function remove({ client, timeout, signal }: RunHooks, place: ObjectPlace): Promise<void> {
  const live = await readObject(client, place);
  if (live === undefined) return;
  await deleteObject(client, place, seenOf(live), live);
  const deadline = performance.now() + timeout;
  while ((await readObject(client, place))?.metadata['uid'] === live.metadata['uid']) {
    if (performance.now() > deadline || signal?.aborted === true) {
      throw new Problem({
        reason: 'hook-failed',
        message: `hook ${formatKey(keyOf(live))} is still being deleted`,
        hint: 'Its finalizers hold it: kubectl get it -o yaml shows which.',
      });
    }
    await sleep(fastest);
  }
}

const fastest = 100;

/** Jobs and Pods are awaited to their end; everything else is done when it is there, as for Helm. */
async function untilDone(options: RunHooks, hook: HookWork, place: ObjectPlace, made: Resource): Promise<void> {
  const { client, timeout, secrets, signal, onProgress } = options;
  if (hookHealth(made) === undefined) return;
  const [left] = await waitUntilReady({
    ...{ client, timeout, secrets, signal },
    places: [place],
    onProgress: (event) => event.kind === 'waiting' && onProgress(event),
    onLook: () => {},
    written: () => made,
    healthOf: hookHealth,
  });
  if (left === undefined) return;
  const object = formatKey(keyOf(made));
  if (left.state !== 'failed' && signal?.aborted === true) {
    const said = `hook ${object} was still running${about(left.message)}; nobody stops it`;
    throw new Problem({ reason: 'cancelled', message: said });
  }
  throw new Problem({
    reason: 'hook-failed',
    where: hook.source,
    message: `hook ${object} ${left.state === 'failed' ? 'failed' : 'did not end in time'}${about(left.message)}`,
    ...(left.evidence.length === 0 ? {} : { excerpt: left.evidence.join('\n') }),
    hint: 'What comes after it was not done. The next apply runs the hooks again.',
  });
}

function about(message: string): string {
  return message === '' ? '' : `: ${message}`;
}

/** Whether it has ended: a pod that runs, and a Job that stands still, have not. undefined for kinds that do not end. */
function hookHealth(live: Resource): Health | undefined {
  if (live.kind === 'Job' && live.apiVersion.startsWith('batch/')) {
    const health = healthOf(live);
    return health.state === 'suspended' ? { state: 'progressing', message: health.message } : health;
  }
  if (live.kind !== 'Pod' || live.apiVersion !== 'v1') return undefined;
  const phase = valueAt(live, ['status', 'phase']);
  if (phase === 'Succeeded' || phase === 'Failed') return healthOf(live);
  return { state: 'progressing', message: typeof phase === 'string' ? phase.toLowerCase() : 'not started' };
}

/** As Helm records hooks; those of moments that only Argo CD has are none for it. */
export function hooksForRecord(
  hooks: readonly HookWork[],
  manifestOf: (resource: Resource) => string,
): readonly JsonObject[] {
  return hooks.flatMap(({ resource, rules, source }) => {
    const events = rules.events.filter((event) => !event.startsWith('sync'));
    if (events.length === 0) return [];
    return {
      name: resource.metadata.name,
      kind: resource.kind,
      path: source ?? '',
      manifest: manifestOf(resource),
      events,
      weight: rules.weight,
      delete_policies: policiesOf(rules),
    };
  });
}
