import type { Resource } from '../resource.ts';
import { type Health, isUnobserved, numberAt, progressing, ready } from './state.ts';

export function podDisruptionBudgetHealth(live: Resource): Health {
  if (isUnobserved(live)) return progressing('not seen by its controller yet');
  const [healthy, wanted] = [
    numberAt(live, ['status', 'currentHealthy'], 0),
    numberAt(live, ['status', 'desiredHealthy'], 0),
  ];
  if (healthy < wanted) return progressing(`${healthy} of ${wanted} healthy pods`);
  const allowed = numberAt(live, ['status', 'disruptionsAllowed'], 0);
  return ready(
    allowed === 0 ? 'allows no disruption now' : `allows ${allowed} ${allowed === 1 ? 'disruption' : 'disruptions'}`,
  );
}
