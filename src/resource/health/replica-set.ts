import type { Resource } from '../resource.ts';
import { conditionOf, failed, type Health, isUnobserved, numberAt, progressing, ready } from './state.ts';

/** ReplicaSet and ReplicationController, which count alike. */
export function replicaSetHealth(live: Resource): Health {
  if (isUnobserved(live)) return progressing('not seen by its controller yet');
  const failure = conditionOf(live, 'ReplicaFailure');
  if (failure?.status === 'True') return failed(failure.message);
  const wanted = numberAt(live, ['spec', 'replicas'], 1);
  const available = numberAt(live, ['status', 'availableReplicas'], 0);
  if (available < wanted) return progressing(`${available} of ${wanted} ready`);
  return ready(`${wanted} of ${wanted} ready`);
}
