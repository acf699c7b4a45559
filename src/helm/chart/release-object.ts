import type { ByteString } from '../bytes.ts';
import { dictOf, type GoMap, intOf } from '../value.ts';

/** Which release is rendered, as `.Release` tells it. */
export interface ReleaseFacts {
  readonly name: ByteString;
  readonly namespace: ByteString;
  readonly isUpgrade: boolean;
  /** Helm's `template` always says 1. */
  readonly revision: number;
}

export function releaseObject(facts: ReleaseFacts): GoMap {
  return dictOf([
    ['Name', facts.name],
    ['Namespace', facts.namespace],
    ['Revision', intOf(facts.revision)],
    ['IsInstall', !facts.isUpgrade],
    ['IsUpgrade', facts.isUpgrade],
    ['Service', 'Helm'],
  ]);
}
