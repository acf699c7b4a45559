/** Writing a revision into Helm's release storage. */
import { gzipSync } from 'node:zlib';
import type { HookWork } from '../../plan/hooks.ts';
import { Problem } from '../../problem.ts';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { isObject, keyId, keyOf, labelsOf } from '../../resource/resource.ts';
import { writeYaml } from '../../yaml/index.ts';
import type { Client } from '../read/client.ts';
import { ourDescription, type Revision, readRevisions, revisionName, secretKind } from '../read/helm-record.ts';
import { formatJson } from '../read/json.ts';
import { doing, pathOf, readObject, resourceOf } from '../read/objects.ts';
import { type Origin, type RecordedChart, type ReleasePlace, releaseLabel } from '../read/parent.ts';
import { seenOf } from '../read/predict.ts';
import { withoutMarks } from '../read/prepare.ts';
import { hooksForRecord } from './hooks.ts';
import { deleteObject, sendAndSettle } from './write-object.ts';

export interface RecordContent {
  readonly release: ReleasePlace;
  readonly chart: RecordedChart;
  /** The values the release was rendered with, without those that come from CI secrets. */
  readonly config: JsonObject;
  /** YAML documents, whole: a later `helm rollback` trusts them. */
  readonly manifest: string;
  readonly hooks: readonly HookWork[];
  readonly origin: Origin;
  readonly now: Date;
}

/** The manifest of the objects as they were rendered, in the form that Helm itself stores. */
export function manifestOf(objects: readonly Resource[], sources: ReadonlyMap<string, string>): string {
  return objects
    .map((object) => {
      const source = sources.get(keyId(keyOf(object)));
      const comment = source === undefined ? '' : `# Source: ${source}\n`;
      return `---\n${comment}${writeYaml(withoutMarks(object)).trimEnd()}\n`;
    })
    .join('');
}

/** The API server refuses a Secret above this. */
const sizeLimit = 1_048_576;
/** What the record has in the end and not before: the number of its revision, and when the first one was made. */
const spare = 256;
/** As many as Helm keeps. */
const kept = 10;

/** Throws `Problem` (`limit-exceeded`) when the record would not fit: ask before anything is applied. */
export function checkRecordSize(content: RecordContent): void {
  const size = encode(documentOf(content, 1, undefined)).length;
  if (size <= sizeLimit - spare) return;
  throw new Problem({
    reason: 'limit-exceeded',
    message: `release ${content.release.name} is too large for Helm's storage: its record takes ${size} bytes of at most ${sizeLimit}`,
    hint: 'Split it into several releases.',
  });
}

/**
 * Stores the next revision as deployed, the ones before as superseded, and drops the oldest. Gives its number. Throws
 * `Problem` (`conflict`) when somebody else stored that revision meanwhile.
 */
export async function writeRevision(
  client: Client,
  content: RecordContent,
  before: readonly Revision[],
): Promise<number> {
  const { release, now } = content;
  const version = (before.at(-1)?.version ?? 0) + 1;
  const first = before[0]?.firstDeployedAt;
  const place = { info: secretKind, namespace: release.namespace, name: revisionName(release.name, version) };
  const body = storedRevision(release, version, 'deployed', documentOf(content, version, first), now);
  const answer = await sendAndSettle(
    client,
    { method: 'POST', path: pathOf({ ...place, name: '' }), body, repeatable: 'repeatable' },
    async () => ((await isStored(client, content, version)) ? version : undefined),
  );
  if (!('found' in answer)) {
    if (answer.status === 409) {
      throw new Problem({
        reason: 'conflict',
        message: `revision ${version} of release ${release.name} was stored by somebody else meanwhile`,
        hint: 'Was Helm run by hand at the same time? See `helm history`, then plan again.',
      });
    }
    resourceOf(answer, doing(client, 'create', place), secretKind);
  }
  const ended = before.flatMap((revision) => {
    const status = endedStatus(revision.status);
    return status === undefined ? [] : [{ revision, status }];
  });
  const oldest = before.slice(0, Math.max(0, before.length + 1 - kept));
  await Promise.all([
    ...ended
      .filter(({ revision }) => !oldest.includes(revision))
      .map(({ revision, status }) => endRevision(client, release, { revision, status, now })),
    ...oldest.map(({ stored }) => deleteObject(client, { ...place, name: stored.metadata.name }, seenOf(stored))),
  ]);
  return version;
}

/** Takes all revisions away, when the release itself is gone. */
export async function deleteRevisions(
  client: Client,
  release: ReleasePlace,
  revisions: readonly Revision[],
): Promise<void> {
  for (const { stored } of revisions) {
    const place = { info: secretKind, namespace: release.namespace, name: stored.metadata.name };
    await deleteObject(client, place, seenOf(stored));
  }
}

/** What a revision is once there is a newer one; what Helm began and left pending has failed. */
function endedStatus(status: string): string | undefined {
  if (status === 'deployed') return 'superseded';
  return isPending(status) ? 'failed' : undefined;
}

function isPending(status: string): boolean {
  return status.startsWith('pending-');
}

/** Helm's own default timeout is 5 minutes; whoever gives it more sees to it that nothing else runs meanwhile. */
const pendingFor = 15 * 60_000;

/**
 * Throws `Problem` (`locked`) while Helm itself seems to be at work on the release. A revision that has been pending for
 * long is of a Helm that was killed: it would keep Helm from ever touching the release again, and the next revision
 * ends it.
 */
export function refuseRunningHelm(release: ReleasePlace, revisions: readonly Revision[], now: Date): void {
  const newest = revisions.at(-1);
  if (newest === undefined || !isPending(newest.status)) return;
  const since = Date.parse(newest.deployedAt);
  if (Number.isNaN(since) || now.getTime() - since > pendingFor) return;
  throw new Problem({
    reason: 'locked',
    message: `Helm itself is at work on release ${release.name}: revision ${newest.version} is ${newest.status} since ${new Date(since).toISOString()}`,
    hint: `Nothing was written. Apply again when it is done. If it is gone for good: pushgate unlock ${release.name} --reason "…"; after 15 minutes it counts as killed, and the apply repairs its record.`,
  });
}

/** Ends the revision that a Helm left pending which is gone for good; answers it, or undefined where none is pending. */
export async function endPending(
  client: Client,
  release: ReleasePlace,
  { by, reason, now }: { readonly by: string; readonly reason: string; readonly now: Date },
): Promise<Revision | undefined> {
  const newest = (await readRevisions(client, release)).at(-1);
  if (newest === undefined || !isPending(newest.status)) return undefined;
  const description = `Interrupted; ended by ${by} with pushgate unlock: ${reason}`;
  await endRevision(client, release, { revision: newest, status: 'failed', now, description });
  return newest;
}

interface RevisionEnd {
  readonly revision: Revision;
  readonly status: string;
  readonly now: Date;
  /** Absent: it keeps its own. */
  readonly description?: string;
}

async function endRevision(
  client: Client,
  release: ReleasePlace,
  { revision, status, now, description }: RevisionEnd,
): Promise<void> {
  const info = isObject(revision.document['info']) ? revision.document['info'] : {};
  const document = {
    ...revision.document,
    info: { ...info, status, ...(description === undefined ? {} : { description }) },
  };
  const stored = storedRevision(release, revision.version, status, document, now);
  const { resourceVersion } = seenOf(revision.stored);
  const place = { info: secretKind, namespace: release.namespace, name: revision.stored.metadata.name };
  const answer = await sendAndSettle(
    client,
    {
      method: 'PATCH',
      path: pathOf(place),
      contentType: 'application/merge-patch+json',
      body: { metadata: { resourceVersion, labels: labelsOf(stored) }, data: stored['data'] ?? {} },
      repeatable: 'repeatable',
    },
    async () => {
      const live = await readObject(client, place);
      return live !== undefined && labelsOf(live)['status'] === status ? live : undefined;
    },
  );
  if (!('found' in answer)) resourceOf(answer, doing(client, 'patch', place), secretKind);
}

/** Whether that revision is there and is this very one. */
async function isStored(client: Client, { release, now }: RecordContent, version: number): Promise<boolean> {
  const found = (await readRevisions(client, release)).find((revision) => revision.version === version);
  return found?.ours === true && found.deployedAt === now.toISOString();
}

function storedRevision(
  { name, namespace }: ReleasePlace,
  version: number,
  status: string,
  document: JsonObject,
  now: Date,
): Resource {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: revisionName(name, version),
      namespace,
      labels: {
        name,
        owner: 'helm',
        status,
        version: String(version),
        modifiedAt: String(Math.floor(now.getTime() / 1000)),
        [releaseLabel]: name,
      },
    },
    data: { release: Buffer.from(encode(document)).toString('base64') },
  };
}

/** Without `apply_method`: so Helm 4 falls back to its client-side way, and its rollback needs no flag. */
function documentOf(content: RecordContent, version: number, first: string | undefined): JsonObject {
  const { release, chart, origin } = content;
  const now = content.now.toISOString();
  const requests = origin.mergeRequests.map((number) => `!${number}`).join(' ');
  // Behind a bracket, where nothing that a person wrote is read for a merge request.
  const broken = origin.breakGlass === undefined ? '' : ` (past the gate by ${origin.breakGlass})`;
  const shown = `${requests === '' ? '' : ` of ${requests}`}${broken}`;
  return {
    name: release.name,
    namespace: release.namespace,
    version,
    manifest: content.manifest,
    config: content.config,
    hooks: hooksForRecord(content.hooks, (resource) => writeYaml(resource)),
    info: {
      first_deployed: first ?? now,
      last_deployed: now,
      deleted: '',
      description: `${ourDescription} ${origin.commit === '' ? 'a local state' : origin.commit}${shown}`,
      status: 'deployed',
    },
    chart: { metadata: { ...chart, apiVersion: 'v2' } },
  };
}

function encode(document: JsonObject): string {
  return gzipSync(formatJson(document)).toString('base64');
}
