import type { Resource } from '../resource.ts';
import { valueAt } from '../resource.ts';
import { conditionOf, failed, type Health, isUnobserved, numberAt, progressing, ready } from './state.ts';

/** Follows `kubectl rollout status`; fails when the controller itself gave up (progressDeadlineSeconds). */
export function deploymentHealth(live: Resource): Health {
  if (isUnobserved(live)) return progressing('not seen by its controller yet');
  if (valueAt(live, ['spec', 'paused']) === true) return { state: 'suspended', message: 'paused' };
  const progress = conditionOf(live, 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') return failed(progress.message);
  const wanted = numberAt(live, ['spec', 'replicas'], 1);
  const updated = numberAt(live, ['status', 'updatedReplicas'], 0);
  const all = numberAt(live, ['status', 'replicas'], 0);
  const available = numberAt(live, ['status', 'availableReplicas'], 0);
  const failure = conditionOf(live, 'ReplicaFailure');
  const why = failure?.status === 'True' ? `: ${failure.message}` : '';
  if (updated < wanted) return progressing(`${updated} of ${wanted} updated${why}`);
  if (all > updated) return progressing(`${all - updated} old ${all - updated === 1 ? 'pod' : 'pods'} still to go`);
  if (available < wanted) return progressing(`${available} of ${wanted} ready`);
  return ready(`${wanted} of ${wanted} ready`);
}
