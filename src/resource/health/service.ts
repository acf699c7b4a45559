import type { Resource } from '../resource.ts';
import { addressesOf, type Health, progressing, ready, textAt } from './state.ts';

/** Only a load balancer has something to wait for: its address. */
export function serviceHealth(live: Resource): Health {
  if (textAt(live, ['spec', 'type']) !== 'LoadBalancer') return ready();
  const addresses = addressesOf(live);
  return addresses.length > 0 ? ready(addresses.join(', ')) : progressing('no address from a load balancer yet');
}
