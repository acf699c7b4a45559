import type { Resource } from '../resource.ts';
import { type Health, isUnobserved, numberAt, progressing, ready, textAt } from './state.ts';

export function daemonSetHealth(live: Resource): Health {
  if (isUnobserved(live)) return progressing('not seen by its controller yet');
  const wanted = numberAt(live, ['status', 'desiredNumberScheduled'], 0);
  const updated = numberAt(live, ['status', 'updatedNumberScheduled'], 0);
  const available = numberAt(live, ['status', 'numberAvailable'], 0);
  const isByHand = textAt(live, ['spec', 'updateStrategy', 'type']) === 'OnDelete';
  if (!isByHand && updated < wanted) return progressing(`${updated} of ${wanted} updated`);
  if (available < wanted) return progressing(`${available} of ${wanted} ready`);
  return ready(`${wanted} of ${wanted} ready`);
}
