/** What a plan leaves for the writer, and for nobody else: the objects themselves, with their values. */
import type { HookPhase } from '../resource/hook.ts';
import type { Resource, ResourceKey } from '../resource/resource.ts';
import type { RecordedForms } from './generated.ts';
import type { HookWork } from './hooks.ts';
import type { Change } from './plan.ts';
import type { Replacement } from './replace.ts';

export interface Work {
  readonly releases: readonly ReleaseWork[];
}

export interface ReleaseWork {
  readonly name: string;
  readonly namespace: string;
  readonly writes: readonly ObjectWork[];
  /** Every bound object of the release: what the record says was applied. */
  readonly desired: readonly Resource[];
  /** What another release is to take over: still this one's until it has. */
  readonly moved?: readonly ResourceKey[];
  /** What its chart draws, for the record. */
  readonly drawn?: RecordedForms | undefined;
  /** Every hook of the release, for its record, and the moment at which they run; absent where there are none. */
  readonly hooks?: { readonly all: readonly HookWork[]; readonly phase: HookPhase | 'none' };
}

export interface ObjectWork {
  readonly change: Change;
  readonly desired: Resource | undefined;
  readonly live: Resource | undefined;
  readonly replacement?: Replacement | undefined;
}
