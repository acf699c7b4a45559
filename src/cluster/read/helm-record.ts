/**
 * Helm's own release storage: one Secret per revision. Pushgate keeps its records there, so that `helm list`, `history`,
 * `get` and, in an emergency, `helm rollback` work on what it applied. Format: Helm 3 and 4, driver "secret".
 */
import { gunzipSync } from 'node:zlib';
import { Problem } from '../../problem.ts';
import type { Json, JsonObject, Resource } from '../../resource/resource.ts';
import { isList, isObject, valueAt } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { KindInfo } from './discovery.ts';
import { isObjectMissing, problemOf } from './failure.ts';
import { parseJson } from './json.ts';
import { doing, pathOf, resourceOf } from './objects.ts';
import type { ReleasePlace } from './parent.ts';
import { isUnreadable } from './retry.ts';

export const secretKind: KindInfo = {
  apiVersion: 'v1',
  group: '',
  kind: 'Secret',
  resource: 'secrets',
  namespaced: true,
};

/** Begins the description of every revision that Pushgate wrote; Helm keeps descriptions, and little else. */
export const ourDescription = 'Pushgate applied';

export interface Revision {
  readonly version: number;
  /** Helm's words: deployed, superseded, failed, pending-upgrade… */
  readonly status: string;
  readonly description: string;
  /** Whether Pushgate wrote it; otherwise Helm did. */
  readonly ours: boolean;
  /** The commit it was rendered from, and the merge requests that showed it; '' and none where Helm wrote it. */
  readonly commit: string;
  readonly mergeRequests: readonly number[];
  /** Who let it past the gate, and why. */
  readonly breakGlass: string | undefined;
  /** ISO time, as Helm writes it. */
  readonly deployedAt: string;
  readonly firstDeployedAt: string;
  readonly chart: string;
  readonly appVersion: string;
  /** YAML documents, values of Secrets included: for the writer only. */
  readonly manifest: string;
  /** The Secret that holds it, with its whole release document. */
  readonly stored: Resource;
  readonly document: JsonObject;
}

export function revisionName(release: string, version: number): string {
  return `sh.helm.release.v1.${release}.v${version}`;
}

/** All stored revisions of a release, oldest first. Reads Secrets, so a planner usually may not. */
export async function readRevisions(client: Client, release: ReleasePlace): Promise<readonly Revision[]> {
  const place = { info: secretKind, namespace: release.namespace, name: '' };
  const answer = await client.send({
    method: 'GET',
    path: pathOf(place),
    query: { labelSelector: `owner=helm,name=${release.name}` },
    repeatable: 'repeatable',
  });
  if (answer.status !== 200 || isUnreadable(answer)) throw problemOf(answer, doing(client, 'list', place));
  const items = valueAt(answer.body, ['items']);
  return (isList(items) ? items : [])
    .filter(isObject)
    .map((item) => decodeRevision({ ...item, apiVersion: 'v1', kind: 'Secret' } as unknown as Resource))
    .sort((a, b) => a.version - b.version);
}

/** One stored revision, or undefined where it is gone. Reads a Secret, so a planner usually may not. */
export async function readRevision(
  client: Client,
  release: ReleasePlace,
  version: number,
): Promise<Revision | undefined> {
  const place = { info: secretKind, namespace: release.namespace, name: revisionName(release.name, version) };
  const answer = await client.send({ method: 'GET', path: pathOf(place), repeatable: 'repeatable' });
  const what = doing(client, 'get', place);
  return isObjectMissing(answer, what) ? undefined : decodeRevision(resourceOf(answer, what, secretKind));
}

function decodeRevision(stored: Resource): Revision {
  const document = decodeDocument(stored);
  const description = text(valueAt(document, ['info', 'description']));
  const version = document['version'];
  const chartName = text(valueAt(document, ['chart', 'metadata', 'name']));
  const chartVersion = text(valueAt(document, ['chart', 'metadata', 'version']));
  return {
    version: typeof version === 'number' ? version : 0,
    status: text(valueAt(document, ['info', 'status'])),
    description,
    ours: description.startsWith(ourDescription),
    ...originOf(description),
    deployedAt: text(valueAt(document, ['info', 'last_deployed'])),
    firstDeployedAt: text(valueAt(document, ['info', 'first_deployed'])),
    chart: `${chartName}-${chartVersion}`,
    appVersion: text(valueAt(document, ['chart', 'metadata', 'appVersion'])),
    manifest: text(document['manifest']),
    stored,
    document,
  };
}

function originOf(description: string): Pick<Revision, 'commit' | 'mergeRequests' | 'breakGlass'> {
  const [, commit = '', requests = '', breakGlass] =
    /^Pushgate applied ([0-9a-f]{7,64})(?: of ([!\d ]*))?(?: \(past the gate by (.*)\))?$/s.exec(description) ?? [];
  return { commit, mergeRequests: [...requests.matchAll(/!(\d+)/g)].map(([, number]) => Number(number)), breakGlass };
}

/** Largest release document that is read, unpacked. */
const largest = 64 << 20;

function decodeDocument(stored: Resource): JsonObject {
  const encoded = valueAt(stored, ['data', 'release']);
  try {
    // The API's base64 around Helm's own.
    const packed = Buffer.from(Buffer.from(String(encoded), 'base64').toString(), 'base64');
    // Helm's oldest records are not compressed.
    const isPacked = packed[0] === 0x1f && packed[1] === 0x8b;
    const document = parseJson((isPacked ? gunzipSync(packed, { maxOutputLength: largest }) : packed).toString());
    if (!isObject(document)) throw new Error('no object');
    return document;
  } catch (error) {
    throw new Problem({
      reason: 'conflict',
      message: `Helm's record ${stored.metadata.name} cannot be read`,
      hint: 'It was changed or cut by hand. `helm history` shows which revisions are whole.',
      cause: error,
    });
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
