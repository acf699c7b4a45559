/** `pushgate unhold RELEASE...`: takes the hold away; the next apply may change the releases again. */
import { changeHold } from './hold.ts';
import type { Host, Outcome } from './host.ts';

export async function unhold(host: Host): Promise<Outcome> {
  return await changeHold(host, { verb: 'unhold' });
}
