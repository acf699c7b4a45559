/** Holding a release, and letting it go again. */
import type { Client } from '../read/client.ts';
import type { Hold, Parent } from '../read/parent.ts';
import { writeParent } from './parent.ts';

/** Throws `Problem` (`conflict`) when another run wrote the release since `parent` was read. */
export async function writeHold(
  client: Client,
  parent: Parent,
  change: { readonly hold: Hold | undefined; readonly toolVersion: string },
): Promise<void> {
  const { release, state } = parent;
  const { toolVersion, hold } = change;
  await writeParent({ client, release, before: parent, toolVersion, state: { ...state, hold } });
}
