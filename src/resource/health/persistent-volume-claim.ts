import type { Resource } from '../resource.ts';
import { failed, type Health, progressing, ready, textAt } from './state.ts';

export function persistentVolumeClaimHealth(live: Resource): Health {
  const phase = textAt(live, ['status', 'phase']);
  if (phase === 'Bound') return ready('bound');
  if (phase === 'Lost') return failed('its volume is lost');
  // A class that waits for the first consumer never binds without a pod, so waiting for it would be for ever.
  if (textAt(live, ['spec', 'volumeName']) === '') return ready('not bound yet; it may wait for its first pod');
  return progressing('binding');
}
