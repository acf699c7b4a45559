import type { Resource } from '../resource.ts';
import { conditionOf, type Health, progressing, ready } from './state.ts';

/** An extension server's kinds can be used once it is available. */
export function apiServiceHealth(live: Resource): Health {
  const available = conditionOf(live, 'Available');
  if (available?.status === 'True') return ready();
  return progressing(available?.message || 'not available yet');
}
