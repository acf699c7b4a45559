/** The plan: masked plain data. The only thing that reports, notifications, JSON output and logs accept. */
import type { ResourceKey } from '../resource/resource.ts';

/** Version of the JSON that `--output json` and plan files carry; a breaking change of shape raises it. */
export const planSchema = 'pushgate.dev/plan/v1';

export type Action = 'create' | 'update' | 'replace' | 'delete' | 'adopt' | 'keep' | 'run' | 'unchanged';

/**
 * Why a difference is there. `merge-request`: this merge request makes it. `waiting`: merged before, not yet applied.
 * `drift`: nobody asked for it in Git, what is there was changed by other means.
 */
export type Cause = 'merge-request' | 'waiting' | 'drift';

export interface Plan {
  readonly schema: typeof planSchema;
  readonly environment: string;
  /** Where this environment is, in words: `branch deploy/production of .`, `cluster prod-eu`. */
  readonly target: string;
  readonly commit: PlannedCommit;
  readonly releases: readonly PlannedRelease[];
  /** Notes a reader must see: a policy change, a values file that was not there, a degraded prediction. */
  readonly notices: readonly Notice[];
  /** Digest of the set of changes that an apply would make. */
  readonly digest: string;
  /** At an apply: as `otherDigests` of its releases, for the whole set. */
  readonly otherDigests?: readonly string[];
  /** What the login of the plan could do to a cluster beyond planning; absent where there is none, or it is to apply. */
  readonly login?: PlanLogin;
}

/** `enforced`: it cannot write. `advisory`: it can. `unavailable`: it could not be tried. */
export interface PlanLogin {
  readonly grade: 'enforced' | 'advisory' | 'unavailable';
  readonly text: string;
}

export interface PlannedCommit {
  /** The commit that was rendered: the merge result, or the commit itself. */
  readonly rendered: string;
  /** Head of the merge request, where the plan is of one. */
  readonly head: string | undefined;
  /** Tip of the target branch that was merged with. */
  readonly base: string | undefined;
}

export interface Notice {
  readonly severity: 'info' | 'warning' | 'danger';
  readonly text: string;
  /** The release that this plan is without, because it could not be rendered or compared. */
  readonly leftOut?: string;
}

export interface PlannedRelease {
  readonly name: string;
  readonly namespace: string;
  /** What an apply would change, most dangerous first. */
  readonly changes: readonly Change[];
  /** Objects that differ only by drift: shown, and left alone by an apply. */
  readonly drifted: readonly Change[];
  readonly untouched: number;
  /** Digest of the set of `changes`. */
  readonly digest: string;
  /** At an apply: the digests that plans of logins would have shown which may not try all of these kinds. */
  readonly otherDigests?: readonly string[];
  /** Why this release cannot be applied whatever is approved, e.g. prune brake or plaintext Secret. */
  readonly blocked: readonly Blocker[];
}

export interface Blocker {
  readonly reason:
    | 'prune-refused'
    | 'plaintext-secret'
    | 'held'
    | 'late-value-refused'
    | 'conflict'
    | 'rejected'
    | 'forbidden';
  readonly text: string;
  readonly hint: string;
}

export interface Change {
  readonly key: ResourceKey;
  readonly action: Action;
  readonly causes: readonly Cause[];
  readonly fields: readonly FieldChange[];
  readonly consequences: readonly Consequence[];
  /** Template file the object was rendered from, relative to the repository, where known. */
  readonly source: string | undefined;
  /** Digest of the change: object, action and every difference. */
  readonly digest: string;
  /** `here`: computed without asking the server, because the login may not try it there. */
  readonly prediction?: 'here';
  /** At an apply: how a plan whose login may not try this would have shown it. */
  readonly here?: ShownHere;
  /** Digest of each difference alone, so that changes shown by two merge requests cover their sum. */
  readonly parts: readonly string[];
}

/** `unchanged`: it would not have shown it. */
export type ShownHere = { readonly digest: string; readonly parts: readonly string[] } | 'unchanged';

/** One difference: a scalar, or a whole subtree that came or went. Values are text made for reading, masked. */
export interface FieldChange {
  /** `spec.template.spec.containers[catalog].image` */
  readonly path: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly cause: Cause;
  /** Where the new value comes from: `values/catalog.yaml:9 → templates/deployment.yaml:18`. */
  readonly origin: string | undefined;
}

export type ConsequenceKind =
  | 'policy'
  | 'data-loss'
  | 'rights'
  | 'outage'
  | 'deletion'
  | 'recreate'
  | 'exposure'
  | 'restart'
  | 'scale'
  | 'note';

export interface Consequence {
  readonly kind: ConsequenceKind;
  readonly text: string;
}
