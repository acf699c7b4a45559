import type { Resource } from '../resource.ts';
import { isList, valueAt } from '../resource.ts';
import { type Health, progressing, ready, textAt } from './state.ts';

/** Only a load balancer has something to wait for: its address. */
export function serviceHealth(live: Resource): Health {
  if (textAt(live, ['spec', 'type']) !== 'LoadBalancer') return ready();
  const addresses = valueAt(live, ['status', 'loadBalancer', 'ingress']);
  return isList(addresses) && addresses.length > 0 ? ready() : progressing('no address from a load balancer yet');
}
