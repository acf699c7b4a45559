import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PlainCluster, plainCluster } from '../../../test/support/plain-cluster.ts';
import type { Resource } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { applySetId, idLabel, parentName, type ReleasePlace, readParent, toolingAnnotation } from './parent.ts';

const release = { name: 'catalog', namespace: 'shop' };
let stored: Resource;
let client: Client;
let cluster: PlainCluster;

beforeAll(async () => {
  cluster = await plainCluster((_request, response) => void response.end(JSON.stringify(stored)));
  client = cluster.client;
});
afterAll(() => cluster[Symbol.dispose]());

function withIdOf(other: ReleasePlace, tooling = 'pushgate/0.1.0'): Resource {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: parentName(release.name),
      namespace: release.namespace,
      labels: { [idLabel]: applySetId(other) },
      annotations: { [toolingAnnotation]: tooling },
    },
  };
}

describe('an inventory', () => {
  test.each([
    ['another release', withIdOf({ name: 'cart', namespace: 'shop' })],
    ['the same release of another namespace', withIdOf({ name: 'catalog', namespace: 'kube-system' })],
    ['another tool', withIdOf(release, 'kubectl/v1.36')],
  ])('that was copied from another release, or another namespace, is none: %s', async (_words, forged) => {
    stored = forged;
    await expect(readParent(client, release)).rejects.toMatchObject({ reason: 'conflict' });
  });
});
