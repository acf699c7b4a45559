/** One run over one release: what it was asked, what it has found so far, and whether it may go on. */
import type { ReleaseWork } from '../../plan/work.ts';
import { Problem } from '../../problem.ts';
import type { Resource, ResourceKey } from '../../resource/resource.ts';
import type { Client } from '../read/client.ts';
import type { Discovery } from '../read/discovery.ts';
import type { Hold, Origin, Parent, RecordedChart } from '../read/parent.ts';
import type { MarkedRelease } from '../read/prepare.ts';
import type { RecordContent } from './helm-record.ts';
import type { HeldLease } from './lease.ts';
import type { Progress } from './wait.ts';

export interface ApplyRelease {
  readonly client: Client;
  readonly discovery: Discovery;
  readonly release: MarkedRelease;
  readonly work: ReleaseWork;
  /** The parent that the plan saw. */
  readonly parent: Parent | undefined;
  readonly origin: Origin;
  readonly chart: RecordedChart;
  /** Where releases of the environment are, for those who look for them later. */
  readonly namespaces: readonly string[];
  /** A hold to set with it; absent: whatever hold there is stays. */
  readonly hold?: Hold;
  readonly config: RecordContent['config'];
  /** The manifest for Helm's record. */
  readonly manifest: string;
  /** Key by which values of Secrets are hashed in the parent; without one nothing of them stands there. */
  readonly key?: string | undefined;
  readonly toolVersion: string;
  /** Who holds the lock, for whoever waits. */
  readonly holder: string;
  /** Milliseconds. */
  readonly lockWait: number;
  readonly readyTimeout: number;
  readonly onProgress: (progress: Progress) => void;
  /** Aborted when the run is cancelled: what was begun is ended, nothing more is begun. */
  readonly signal: AbortSignal | undefined;
  readonly now: () => Date;
}

export type Outcome = 'created' | 'updated' | 'replaced' | 'adopted' | 'deleted' | 'failed' | 'skipped' | 'unknown';

export interface ObjectOutcome {
  readonly key: ResourceKey;
  readonly outcome: Outcome;
  readonly problem: Problem | undefined;
  /** As the server answered, where it is not noted elsewhere. */
  readonly live?: Resource;
}

export interface Run {
  readonly options: ApplyRelease;
  readonly lease: HeldLease;
  discovery: Discovery;
  problem: Problem | undefined;
  /** What a cancelled run left going on, in words. */
  left: string | undefined;
  /** The objects as the server last answered, by key id: what their seals are made of. */
  readonly seen: Map<string, Resource>;
}

/** Once objects may be written, what goes wrong with the rest is told beside what became of them. */
export async function afterWriting<Result>(run: Run, work: Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.reason !== 'cancelled') run.problem ??= error;
    return otherwise;
  }
}

/** Whether the next step may begin: nothing failed, nobody cancelled, and the lock is still ours. */
export function goesOn(run: Run, outcomes: readonly ObjectOutcome[]): boolean {
  return !outcomes.some(failedOrSkipped) && !isCancelled(run) && run.lease.isHeld() && run.problem === undefined;
}

export function isCancelled({ options }: Run): boolean {
  return options.signal?.aborted === true;
}

export function failedOrSkipped({ outcome }: ObjectOutcome): boolean {
  return outcome === 'failed' || outcome === 'skipped' || outcome === 'unknown';
}

export function skipped(key: ResourceKey): ObjectOutcome {
  return { key, outcome: 'skipped', problem: undefined };
}
