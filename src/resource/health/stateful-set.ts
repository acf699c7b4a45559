import type { Resource } from '../resource.ts';
import { type Health, isUnobserved, numberAt, progressing, ready, textAt } from './state.ts';

/** Follows `kubectl rollout status`; with OnDelete nobody replaces pods, so only their number counts. */
export function statefulSetHealth(live: Resource): Health {
  if (isUnobserved(live)) return progressing('not seen by its controller yet');
  const wanted = numberAt(live, ['spec', 'replicas'], 1);
  const readyPods = numberAt(live, ['status', 'readyReplicas'], 0);
  if (readyPods < wanted) return progressing(`${readyPods} of ${wanted} ready`);
  if (textAt(live, ['spec', 'updateStrategy', 'type']) === 'OnDelete') {
    return ready(`${wanted} of ${wanted} ready, pods are replaced by hand`);
  }
  const partition = numberAt(live, ['spec', 'updateStrategy', 'rollingUpdate', 'partition'], 0);
  const toUpdate = Math.max(wanted - partition, 0);
  const updated = numberAt(live, ['status', 'updatedReplicas'], 0);
  if (updated < toUpdate) return progressing(`${updated} of ${toUpdate} updated`);
  const isWhole = textAt(live, ['status', 'updateRevision']) === textAt(live, ['status', 'currentRevision']);
  if (partition === 0 && !isWhole) return progressing('the last pods are being updated');
  return ready(`${wanted} of ${wanted} ready`);
}
