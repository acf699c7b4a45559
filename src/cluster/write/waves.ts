/** The objects of a release, written and deleted wave by wave, and waited for. */
import { isAsWritten, sealOf } from '../../fields/seal.ts';
import type { ObjectWork } from '../../plan/work.ts';
import { Problem } from '../../problem.ts';
import { takesTime } from '../../resource/health/health.ts';
import { inWaves } from '../../resource/order.ts';
import { formatKey, keyId, keyOf, type Resource, type ResourceKey } from '../../resource/resource.ts';
import { discover } from '../read/discovery.ts';
import { mayHaveHappened } from '../read/failure.ts';
import { leavingText } from '../read/leaving.ts';
import { keyOfPlace, type ObjectPlace, readObject } from '../read/objects.ts';
import { seenOf } from '../read/predict.ts';
import { placeOf } from '../read/prepare.ts';
import { knownSecrets } from '../read/trouble.ts';
import {
  type ApplyRelease,
  afterWriting,
  goesOn,
  isCancelled,
  type ObjectOutcome,
  type Run,
  skipped,
} from './release-run.ts';
import { replaceObject } from './replace.ts';
import { type NotReady, waitUntilReady } from './wait.ts';
import { applyObject, deleteObject } from './write-object.ts';

/** The lock and the parent live in the release's namespace, so one that the release brings itself comes first. */
export async function writeOwnNamespace(options: ApplyRelease): Promise<readonly ObjectOutcome[]> {
  const { client, release, work, discovery, parent } = options;
  const own = work.writes.find(
    ({ change }) =>
      change.action === 'create' && change.key.kind === 'Namespace' && change.key.name === release.namespace,
  );
  if (own?.desired === undefined) {
    if (parent !== undefined) return [];
    const info = discovery.find('v1', 'Namespace');
    const there = info && (await readObject(client, { info, namespace: '', name: release.namespace }));
    if (there !== undefined) return [];
    throw new Problem({
      reason: 'rejected',
      message: `namespace ${release.namespace} of release ${release.name} does not exist`,
      hint: `Render a Namespace with the release, or make it once: kubectl create namespace ${release.namespace}.`,
    });
  }
  const live = await applyObject({
    client,
    place: placeOf(discovery, own.desired, own.change.source),
    resource: own.desired,
    live: undefined,
    source: own.change.source,
  });
  options.onProgress({ kind: 'wrote', key: own.change.key, outcome: 'created' });
  return [{ key: own.change.key, outcome: 'created', problem: undefined, live }];
}

/** A wave is begun when the one before came through; what needs a failed object would only fail too. */
export async function writeInWaves(run: Run, writes: readonly ObjectWork[]): Promise<readonly ObjectOutcome[]> {
  const outcomes: ObjectOutcome[] = [];
  for (const wave of inWaves(writes, ({ change }) => change.key)) {
    if (!goesOn(run, outcomes)) {
      outcomes.push(...wave.map(({ change }) => skipped(change.key)));
      continue;
    }
    outcomes.push(...(await Promise.all(wave.map((write) => writeOne(run, write)))));
    if (wave.some(({ change }) => change.key.kind === 'CustomResourceDefinition'))
      await afterWriting(run, awaitDefinitions(run, wave), undefined);
  }
  return outcomes;
}

async function writeOne(run: Run, { change, desired, live, replacement }: ObjectWork): Promise<ObjectOutcome> {
  const { client, onProgress, readyTimeout, signal } = run.options;
  const { key, source } = change;
  if (desired === undefined) return skipped(key);
  try {
    const place = placeOf(run.discovery, desired, source);
    const what = { client, place, resource: desired, source };
    if (replacement !== undefined && live !== undefined) {
      const { propagation } = replacement;
      const made = await replaceObject({ ...what, live, propagation, timeout: readyTimeout, signal });
      run.seen.set(keyId(key), made);
      onProgress({ kind: 'wrote', key, outcome: 'replaced' });
      return { key, outcome: 'replaced', problem: undefined };
    }
    run.seen.set(keyId(key), await applyObject({ ...what, live }));
    const outcome = live === undefined ? 'created' : change.action === 'adopt' ? 'adopted' : 'updated';
    onProgress({ kind: 'wrote', key, outcome });
    return { key, outcome, problem: undefined };
  } catch (error) {
    return failure(run, key, error);
  }
}

/** After a lost answer nobody knows whether the server wrote; what was refused, or not even sent, wrote nothing. */
function failure(run: Run, key: ResourceKey, error: unknown): ObjectOutcome {
  if (!(error instanceof Problem)) throw error;
  if (error.reason === 'cancelled') return skipped(key);
  if (error.reason === 'race-lost') {
    run.problem ??= error;
    return skipped(key);
  }
  run.options.onProgress({ kind: 'failed', key, message: error.message });
  return { key, outcome: mayHaveHappened(error) ? 'unknown' : 'failed', problem: error };
}

/** Objects of a new kind can be written once the kind is served. */
async function awaitDefinitions(run: Run, wave: readonly ObjectWork[]): Promise<void> {
  const { client, readyTimeout, onProgress, signal } = run.options;
  const secrets = knownSecrets(run.options.work.desired);
  const places = wave.flatMap(({ desired }) =>
    desired === undefined ? [] : [placeOf(run.discovery, desired, undefined)],
  );
  const written = writtenIn(run);
  const onLook = noteIn(run);
  const wait = { client, places, timeout: readyTimeout, onProgress, onLook, written, secrets, signal };
  const [left] = await waitUntilReady(wait);
  if (left !== undefined && !isCancelled(run)) {
    throw new Problem({
      reason: 'not-ready',
      message: `${formatKey(left.key)}: ${left.message}`,
      hint: 'Nothing that needs the kind was written. Correct the definition, then apply again.',
    });
  }
  run.discovery = await discover(client);
}

/** Gives what is not ready when `readyTimeout` is over; kinds that take no time are not waited for. */
export async function waitForWritten(run: Run, written: readonly ObjectOutcome[]): Promise<readonly NotReady[]> {
  const { client, work, readyTimeout, onProgress, signal, parent } = run.options;
  const secrets = knownSecrets(work.desired);
  const touched = new Set(written.map(({ key }) => keyId(key)));
  const timely = work.desired.filter(takesTime);
  const own = timely.filter((object) => touched.has(keyId(keyOf(object))));
  // What a run before wrote, and did not see ready, is still to be seen; what is gone since then is drift.
  const others = parent?.state.attempt === undefined ? [] : timely.filter((object) => !own.includes(object));
  const placesOf = (objects: readonly Resource[]) => objects.map((object) => placeOf(run.discovery, object, undefined));
  const there = await Promise.all(
    placesOf(others).map(async (place) => ((await readObject(client, place)) === undefined ? [] : [place])),
  );
  const places = [...placesOf(own), ...there.flat()];
  const onLook = noteIn(run);
  return waitUntilReady({
    ...{ client, places, timeout: readyTimeout, onProgress, onLook, secrets, signal },
    written: writtenIn(run),
  });
}

function writtenIn({ seen }: Run): (place: ObjectPlace) => Resource | undefined {
  return (place) => seen.get(keyId(keyOfPlace(place)));
}

/** What somebody changed while the run waited is not noted: it must not be sealed as ours. */
function noteIn({ seen }: Run): (live: Resource) => void {
  return (live) => {
    const id = keyId(keyOf(live));
    const before = seen.get(id);
    if (before === undefined || isAsWritten(sealOf(before), sealOf(live))) seen.set(id, live);
  };
}

/** Deletions go against the order of writing; a refused one does not hold up the others. */
export async function prune(run: Run, deletes: readonly ObjectWork[]): Promise<readonly ObjectOutcome[]> {
  const outcomes: ObjectOutcome[] = [];
  for (const wave of [...inWaves(deletes, ({ change }) => change.key)].reverse()) {
    const isStopped = isCancelled(run) || !run.lease.isHeld();
    outcomes.push(
      ...(!isStopped
        ? await Promise.all(wave.map((work) => deleteOne(run, work)))
        : wave.map(({ change }) => skipped(change.key))),
    );
  }
  return outcomes;
}

async function deleteOne(run: Run, { change, live }: ObjectWork): Promise<ObjectOutcome> {
  const { key } = change;
  if (live === undefined) return skipped(key);
  try {
    const left = await deleteObject(run.options.client, placeOf(run.discovery, live, undefined), seenOf(live), live);
    run.options.onProgress({ kind: 'wrote', key, outcome: 'deleted' });
    const held = left && leavingText(left);
    if (held?.includes('finalizer') === true) run.options.onProgress({ kind: 'waiting', key, message: held });
    return { key, outcome: 'deleted', problem: undefined };
  } catch (error) {
    return failure(run, key, error);
  }
}
