import type { Resource } from '../resource.ts';
import { addressesOf, type Health, progressing, ready } from './state.ts';

/** Without a controller for its class it never gets an address. */
export function ingressHealth(live: Resource): Health {
  const addresses = addressesOf(live);
  return addresses.length > 0 ? ready(addresses.join(', ')) : progressing('no address yet');
}
