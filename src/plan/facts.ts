/** What a plan is built from: everything known about every object of every release. Plain data, made by the I/O rooms. */
import type { Policy } from '../config/policy.ts';
import type { Resource, ResourceKey } from '../resource/resource.ts';
import type { RecordedForms } from './generated.ts';
import type { ReleaseHooks } from './hooks.ts';
import type { MaskOptions } from './mask.ts';
import type { Path } from './path.ts';
import type { Blocker, Consequence, Notice, Plan, PlannedCommit } from './plan.ts';
import type { Replacement } from './replace.ts';

/** Everything known about one object. undefined: it is not there on that side. */
export interface ObjectFacts {
  readonly key: ResourceKey;
  /** As rendered from the commit; values bound at apply stand as their placeholder. */
  readonly desired: Resource | undefined;
  /** As rendered with every value bound: what is written. The same as `desired` where nothing is bound late. */
  readonly bound: Resource | undefined;
  /** As rendered from the target branch's tip, where the plan is of a merge request. */
  readonly target: Resource | undefined;
  /** As last applied, from the record. */
  readonly recorded: Resource | undefined;
  readonly live: Resource | undefined;
  /** What live would be after the apply; undefined where the environment changes nothing by itself (Git). */
  readonly predicted: Resource | undefined;
  /** Known to be as it was applied, and rendered as it was: nothing of it is compared. */
  readonly isUntouched?: true;
  /** `here`: computed without asking the server, whose login may not try it; else the server said it. */
  readonly prediction?: 'here';
  /** The sides as a login that may not try the object would have shown them, for an apply. */
  readonly here?: Pick<ObjectFacts, 'live' | 'predicted' | 'recorded'>;
  /** File that the object was rendered from. */
  readonly source: string | undefined;
  /** Where a rendered value comes from, in words; undefined where nobody knows. */
  readonly origin: ((path: Path) => string | undefined) | undefined;
  /** What the change means beyond what the two sides tell: whom an object is taken from. */
  readonly consequences?: readonly Consequence[] | undefined;
  /** Why the object cannot be written, whatever is approved. */
  readonly refusal?: Refusal | undefined;
  /** Set where the change can only be made by deleting the object and making it anew. */
  readonly replacement?: Replacement | undefined;
}

export type Refusal = Blocker;

export interface ReleaseFacts {
  readonly name: string;
  readonly namespace: string;
  readonly objects: readonly ObjectFacts[];
  readonly hold: { readonly reason: string } | undefined;
  /** What it had and another release takes over in the same plan. */
  readonly moved?: readonly ResourceKey[];
  /** What its chart draws, for the record. */
  readonly drawn?: RecordedForms | undefined;
  /** Hash of the files it is made from, for digests of what is masked where there is no key. */
  readonly content?: string | undefined;
  /** `removal`: the configuration no longer has the release, so all of it goes. */
  readonly intent: 'release' | 'removal';
  readonly notices?: readonly Notice[];
  readonly hooks?: ReleaseHooks;
}

export interface PlanInput {
  readonly environment: Policy;
  /** Where the environment is, in words. */
  readonly target: string;
  readonly commit: PlannedCommit;
  /** Whether `target` renderings are there to tell a merge request's own changes from what waits on the branch. */
  readonly comparison: 'merge-request' | 'branch';
  readonly releases: readonly ReleaseFacts[];
  readonly notices: readonly Notice[];
  readonly login?: Plan['login'];
  readonly mask: MaskOptions;
  /** Decides whether an ignore rule has expired. */
  readonly now: Date;
}
