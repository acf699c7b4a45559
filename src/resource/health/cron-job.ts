import type { Resource } from '../resource.ts';
import { valueAt } from '../resource.ts';
import { type Health, ready, textAt } from './state.ts';

/** There is nothing to wait for: its jobs come when their time comes. */
export function cronJobHealth(live: Resource): Health {
  if (valueAt(live, ['spec', 'suspend']) === true) return { state: 'suspended', message: 'suspended' };
  const last = textAt(live, ['status', 'lastScheduleTime']);
  return ready(last === '' ? 'not run yet' : `last run ${last}`);
}
