/** Reading what only an apply may know. */
import type { Resource } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import type { Discovery } from '../read/discovery.ts';
import { isObjectMissing, problemOf } from '../read/failure.ts';
import { doing, pathOf } from '../read/objects.ts';
import { placeOf } from '../read/prepare.ts';

/**
 * The object with all it holds, values of a Secret too; undefined where it is not there. It stands behind the writing
 * door, because a plan must not be able to ask.
 */
export async function readWithValues(
  client: Client,
  discovery: Discovery,
  resource: Resource,
): Promise<Resource | undefined> {
  const place = placeOf(discovery, resource, undefined);
  const answer = await client.send({ method: 'GET', path: pathOf(place), repeatable: 'repeatable' });
  const what = doing(client, 'get', place);
  if (isObjectMissing(answer, what) || answer.status === 404) return undefined;
  if (answer.status !== 200 || typeof answer.body !== 'object') throw problemOf(answer, what);
  return answer.body as Resource;
}
