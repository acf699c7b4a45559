/** The valid configuration: what every step after parsing may rely on. `raw.ts` turns what people typed into this. */
import type { Json } from '../resource/resource.ts';
import type { Schedule } from './schedule.ts';

export interface Config {
  /** Path of the file, relative to the repository; '' when the run has no file. */
  readonly file: string;
  readonly releases: readonly Release[];
  readonly environments: readonly Environment[];
}

/** One chart in one namespace, before an environment's overrides. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: ChartReference;
  /** Values files in order, relative to the repository; `{environment}` stands for the environment's name. */
  readonly values: readonly string[];
  /** Helm's --set, as typed JSON values by dotted path. */
  readonly set: Readonly<Record<string, Json>>;
  /** Values known only at apply, by dotted path. */
  readonly late: Readonly<Record<string, LateValue>>;
  /** Names of environment variables by dotted path; their values are masked everywhere. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly needs: readonly string[];
  readonly helm: HelmOptions;
}

export type ChartReference =
  | { readonly kind: 'path'; readonly path: string }
  /** `version` is a tag, or a digest `sha256:…`. */
  | { readonly kind: 'oci'; readonly url: string; readonly version: string }
  | { readonly kind: 'repository'; readonly repository: string; readonly name: string; readonly version: string }
  | { readonly kind: 'git'; readonly repository: string; readonly ref: string; readonly path: string };

export interface LateValue {
  readonly env: string;
  /** A regular expression that the whole value must match. */
  readonly matches: string | undefined;
}

export interface HelmOptions {
  /** Helm version whose output is matched, e.g. `4.2.4`; undefined for the newest known. */
  readonly version: string | undefined;
  readonly kubeVersion: string | undefined;
  readonly apiVersions: readonly string[];
  readonly includeCrds: boolean;
}

export interface Environment {
  readonly name: string;
  readonly target: Target;
  /** Branch names or globs that may be applied here. */
  readonly refs: readonly string[];
  /** Environments that must have the same commit applied first. */
  readonly after: readonly string[];
  /** Names of the releases that live here, in configuration order. */
  readonly releases: readonly string[];
  readonly overrides: Readonly<Record<string, ReleaseOverride>>;
  readonly gate: GatePolicy;
  readonly prune: PrunePolicy;
  readonly drift: DriftPolicy;
  /** How long an apply waits until what it wrote is ready: `90s`, `10m`. */
  readonly wait?: { readonly timeout: string };
  /** Namespaces that may be written; undefined for all. */
  readonly namespaces: readonly string[] | undefined;
}

export type Target =
  | {
      readonly kind: 'cluster';
      readonly context: string | undefined;
      /** Whether plans are refused for a login that could write; left out: it is said. */
      readonly planner?: 'pinned' | undefined;
    }
  | { readonly kind: 'manifests'; readonly repository: string; readonly branch: string; readonly path: string };

export interface ReleaseOverride {
  readonly namespace?: string;
  readonly version?: string;
  readonly values?: readonly string[];
  readonly set?: Readonly<Record<string, Json>>;
  readonly late?: Readonly<Record<string, LateValue>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

export type GateMode = 'merge' | 'environment' | 'comment' | 'none';

export interface GatePolicy {
  readonly mode: GateMode;
  /** How many people must have approved the planned head. */
  readonly approvals: number;
  readonly selfApproval: boolean;
  /** false: whoever has commits in the merge request does not count. */
  readonly committerApproval?: false;
  /** Every changed file must be approved by those whom CODEOWNERS names for it. */
  readonly codeOwners?: true;
  /** Teams that must have approved, each with so many of its members. */
  readonly teams?: readonly TeamRule[];
  /** Who may pass the gate with a reason: names of accounts, and teams as in `teams`. */
  readonly breakGlass?: readonly string[];
  /** Times at which may be applied here; absent: at any time. */
  readonly windows?: readonly GateTime[];
  /** Times at which nothing is applied here, whatever the windows say. */
  readonly freezes?: readonly GateTime[];
}

export interface TeamRule {
  /** `@organisation/team` on GitHub, `@group` or `@group/subgroup` on GitLab. */
  readonly team: string;
  readonly approvals: number;
}

export interface GateTime extends Schedule {
  readonly reason: string | undefined;
}

export interface PrunePolicy {
  readonly brake: { readonly objects: number; readonly percent: number };
  /** Kinds that are never deleted. */
  readonly protect: readonly string[];
}

export interface DriftPolicy {
  readonly mode: 'report' | 'heal';
  readonly ignore: readonly IgnoreRule[];
}

/** Differences that are not shown as drift, with the reason why and until when (ISO date). */
export interface IgnoreRule {
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly path: string;
  readonly reason: string;
  readonly until: string | undefined;
}

/** A release as it is in one environment: overrides applied, `{environment}` replaced. */
export interface ResolvedRelease extends Omit<Release, 'values'> {
  readonly environment: string;
  readonly values: readonly ValuesFile[];
}

export interface ValuesFile {
  readonly path: string;
  /** Written with `{environment}`: where there is no such file, it is skipped, and said. */
  readonly optional: boolean;
}
