/** What an environment says of itself, whichever kind it is: live objects, and what was last applied. */
import type { Parent } from '../../cluster/read/parent.ts';
import type { ClusterView } from '../../cluster/read/view.ts';
import type { ManifestsState } from '../../manifests/read.ts';
import type { ManifestsRepository } from '../../manifests/repository.ts';
import type { Problem } from '../../problem.ts';
import type { Resource } from '../../resource/resource.ts';
import type { Scope } from '../../resource/scope.ts';

/** To be closed: what was opened to look at the environment stays open until the run is done with it. */
export interface EnvironmentState extends AsyncDisposable {
  /** Where the environment is, in words. */
  readonly target: string;
  readonly place: Place;
  /** Every release that has a record here, configured or not. */
  readonly recorded: readonly string[];
  /** undefined for a release of which nothing is there. */
  readonly release: (name: string) => ReleaseState | undefined;
}

export type Place =
  | ClusterPlace
  | { readonly kind: 'manifests'; readonly repository: ManifestsRepository; readonly seen: ManifestsState }
  /** The run may not look: what the target branch renders stands for what is there. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'nowhere' };

export interface ClusterPlace {
  readonly kind: 'cluster';
  readonly environment: string;
  readonly view: ClusterView;
  /** By `namespace/name`, those of other environments and repositories too. */
  readonly parents: ReadonlyMap<string, Parent>;
  /** What stands in the place of a parent and is none, or cannot be read, in the same way. */
  readonly broken: ReadonlyMap<string, Problem>;
  /** Releases of this environment and repository, by the id of their ApplySet. */
  readonly siblings: ReadonlyMap<string, string>;
  /** Where the run's content comes from; '' for a repository without a remote. */
  readonly source: string;
}

export interface ReleaseState {
  readonly namespace: string;
  /** The commit that was applied last; undefined where nothing was, though objects of that name are there. */
  readonly commit: string | undefined;
  /** The commit of a later run that did not come through: no older one may go over what it wrote. */
  readonly attempted?: string | undefined;
  readonly objects: readonly Resource[];
  readonly live: readonly Resource[];
  readonly hold: { readonly reason: string; readonly mergeRequest?: number | undefined } | undefined;
}

/** No environment: a chart that is planned by itself would be created anew. */
export const nowhere: EnvironmentState = {
  target: 'nothing is there yet: no environment is configured',
  place: { kind: 'nowhere' },
  recorded: [],
  release: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

/** For a fork's merge request, whose run must not meet any credential. */
export const unseen: EnvironmentState = {
  ...nowhere,
  target: 'not looked at: compared with what the target branch renders',
  place: { kind: 'unseen' },
};

/** What the cluster says of the scope of kinds, for the renderer. */
export function scopeIn({ view }: ClusterPlace): (apiVersion: string, kind: string) => Scope | undefined {
  return (apiVersion, kind) => {
    const info = view.discovery.find(apiVersion, kind);
    return info && (info.namespaced ? 'namespaced' : 'cluster');
  };
}
