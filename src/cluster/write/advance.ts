/** A commit that leaves a release as it is: its record follows it, and nothing else is written. */
import type { Client } from '../read/client.ts';
import type { Parent } from '../read/parent.ts';
import { writeParent } from './parent.ts';
import { elsewhere } from './record-run.ts';

export interface AdvanceRecord {
  readonly client: Client;
  readonly parent: Parent;
  readonly commit: string;
  readonly namespaces: readonly string[];
  readonly toolVersion: string;
}

/** Throws `Problem` (`conflict`) when another run wrote the release since the parent was read. */
export async function advanceRecord({ client, parent, commit, namespaces, toolVersion }: AdvanceRecord): Promise<void> {
  const { release } = parent;
  const { namespaces: _, ...state } = parent.state;
  const origin = { ...state.origin, commit };
  await writeParent({
    client,
    release,
    before: parent,
    toolVersion,
    state: { ...state, ...elsewhere(release, namespaces), origin, deployed: state.deployed ?? state.origin.commit },
  });
}
