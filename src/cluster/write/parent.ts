/** Writing the parent of a release. */
import { fieldManager } from '../../fields/managed.ts';
import { Problem } from '../../problem.ts';
import type { Resource, ResourceKey } from '../../resource/resource.ts';
import { keyOf } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import {
  applySetId,
  configMapKind,
  encodeState,
  groupKindsAnnotation,
  idLabel,
  namespacesAnnotation,
  ownedKeys,
  type Parent,
  parentName,
  type ReleasePlace,
  type ReleaseState,
  releaseLabel,
  toolingAnnotation,
} from '../read/parent.ts';
import { applyObject } from './write-object.ts';

export interface WriteParent {
  readonly client: Client;
  readonly release: ReleasePlace;
  readonly state: ReleaseState;
  /** As read under the lock; undefined for a first apply. */
  readonly before: Parent | undefined;
  readonly toolVersion: string;
}

/** Throws `Problem` (`conflict`) when another run wrote the parent since `before` was read. */
export async function writeParent({ client, release, state, before, toolVersion }: WriteParent): Promise<Parent> {
  const keys = ownedKeys(state);
  const resource: Resource = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: parentName(release.name),
      namespace: release.namespace,
      labels: { [idLabel]: applySetId(release), [releaseLabel]: release.name },
      annotations: {
        [toolingAnnotation]: `${fieldManager}/${toolVersion}`,
        [groupKindsAnnotation]: sortedSet(keys.map(groupKind)),
        [namespacesAnnotation]: sortedSet(
          keys
            .map(({ namespace }) => namespace)
            .filter((namespace) => namespace !== '' && namespace !== release.namespace),
        ),
      },
    },
    ...encodeState(state, release),
  };
  const place = { info: configMapKind, namespace: release.namespace, name: parentName(release.name) };
  const live = await applyObject({ client, place, resource, live: before?.live, source: undefined });
  return { release, live, state };
}

/** Another run that applied this release after the plan was made has changed what the plan was about. */
export function refuseMovedParent(release: ReleasePlace, planned: Parent | undefined, now: Parent | undefined): void {
  if (planned?.live.metadata['resourceVersion'] === now?.live.metadata['resourceVersion']) return;
  throw new Problem({
    reason: 'conflict',
    message: `release ${release.name} was applied by another run after this plan was made`,
    hint: 'Nothing was written. Plan again.',
    cause: new Overtaken(),
  });
}

class Overtaken extends Error {}

/** Whether nothing of the release was written because another run came first: then a new plan is all it needs. */
export function wasOvertaken(problem: Problem): boolean {
  return problem.cause instanceof Overtaken;
}

/** Objects of the state after a run: what was written replaces what stood there. */
export function mergeObjects(
  before: readonly Resource[],
  written: readonly Resource[],
  deleted: readonly ResourceKey[],
): readonly Resource[] {
  const id = ({ group, kind, namespace, name }: ResourceKey) => `${group}/${kind}/${namespace}/${name}`;
  const gone = new Set(deleted.map(id));
  const objects = new Map([...before, ...written].map((object) => [id(keyOf(object)), object]));
  return [...objects].filter(([key]) => !gone.has(key)).map(([, object]) => object);
}

function groupKind({ group, kind }: ResourceKey): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function sortedSet(values: readonly string[]): string {
  return [...new Set(values)].sort().join(',');
}
