/**
 * Handing fields over between managers. Only `managedFields` is written, on the version that was seen, so the object
 * itself stays as it is and nothing restarts.
 */
import { entriesTakenOver, entriesWithoutShared } from '../../fields/former.ts';
import { Problem } from '../../problem.ts';
import type { Json, Resource } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import type { Answer } from '../read/failure.ts';
import { doing, isSecret, metadataAccept, type ObjectPlace, pathOf, readObject, resourceOf } from '../read/objects.ts';
import { seenOf } from '../read/predict.ts';

/**
 * Makes the fields of former tools ours, so that an apply which no longer sets one takes it away. Gives the object in
 * its new version, as it was where there is nothing to take over, and undefined where it moved since it was read.
 */
export async function takeOver(
  client: Client,
  place: ObjectPlace,
  { live, apiVersion }: { readonly live: Resource; readonly apiVersion: string },
): Promise<Resource | undefined> {
  const entries = entriesTakenOver(live, apiVersion);
  if (entries === undefined) return live;
  const answer = await writeEntries(client, place, live, entries);
  return answer.status === 409 ? undefined : resourceOf(answer, doing(client, 'patch', place), place.info);
}

const tries = 3;

/**
 * Takes from people's entries what we own as well. The object is applied already, so this never fails the apply: what
 * is not given up now is given up by the next one.
 */
export async function giveUpShared(client: Client, place: ObjectPlace, applied: Resource): Promise<Resource> {
  try {
    let current: Resource | undefined = applied;
    for (let attempt = 1; attempt <= tries && current !== undefined; attempt++) {
      const entries = entriesWithoutShared(current);
      if (entries === undefined) return current;
      const answer = await writeEntries(client, place, current, entries);
      if (answer.status < 300) return resourceOf(answer, doing(client, 'patch', place), place.info);
      if (answer.status !== 409) return current;
      current = await readObject(client, place);
    }
  } catch (error) {
    // Also where the server is gone or the run is cancelled meanwhile.
    if (!(error instanceof Problem)) throw error;
  }
  return applied;
}

function writeEntries(client: Client, place: ObjectPlace, seen: Resource, entries: readonly Json[]): Promise<Answer> {
  return client.send({
    method: 'PATCH',
    path: pathOf(place),
    contentType: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/metadata/managedFields', value: entries },
      // A `test` would be refused with words about the patch; this is refused as what it is, a conflict.
      { op: 'replace', path: '/metadata/resourceVersion', value: seenOf(seen).resourceVersion },
    ],
    repeatable: 'repeatable',
    ...(isSecret(place.info) ? { accept: metadataAccept } : {}),
  });
}
