/** A release as it was rendered, and what is known of it while its facts are gathered. */
import type { ObjectFacts, ReleaseFacts } from '../../plan/facts.ts';
import type { GeneratedLeaf } from '../../plan/generated.ts';
import { labelsOf, type Resource } from '../../resource/resource.ts';
import type { Discovery } from './discovery.ts';
import type { RenderedHooks } from './hook-facts.ts';
import { applySetId, type Parent, partOfLabel } from './parent.ts';
import type { PredictionMode } from './predict-here.ts';
import type { MarkedRelease } from './prepare.ts';
import type { ClusterView } from './view.ts';

/** A rendered object and the file that it came from. */
export interface RenderedObject {
  readonly resource: Resource;
  /** With every value bound at apply; the same as `resource` where nothing is. */
  readonly bound: Resource;
  readonly source: string | undefined;
  readonly origin: ObjectFacts['origin'];
  /** What of it is drawn; `resource` has stand-ins there, `bound` at an apply the values to write. */
  readonly leaves?: readonly GeneratedLeaf[] | undefined;
  /** With the values of a Secret, at an apply that keeps what was drawn. */
  readonly there?: Resource | undefined;
}

export interface RenderedRelease extends MarkedRelease {
  readonly objects: readonly RenderedObject[];
  /** As rendered from the target branch's tip; undefined when the plan is of no merge request. */
  readonly target: readonly Resource[] | undefined;
  /** `removal` when the configuration no longer has the release; a configured one unless said. */
  readonly intent?: ReleaseFacts['intent'];
  /** Who predicts; the server unless said. */
  readonly prediction?: PredictionMode | undefined;
  /** Key by which values of Secrets are hashed in records. */
  readonly key?: string | undefined;
  readonly hooks?: RenderedHooks;
  /** Other releases of the same environment and repository, by the id of their ApplySet. */
  readonly siblings?: ReadonlyMap<string, string>;
}

export interface Gathering {
  readonly view: ClusterView;
  /** With the kinds that the release itself defines. */
  readonly discovery: Discovery;
  readonly release: RenderedRelease;
  readonly parent: Parent | undefined;
  readonly recorded: ReadonlyMap<string, Resource>;
  /** Ids of what an interrupted run was about to write. */
  readonly pending: ReadonlySet<string>;
  readonly target: ReadonlyMap<string, Resource> | undefined;
  /** Objects that a controller goes on writing, as they are found. */
  readonly controlled: { readonly live: Resource; readonly controllers: readonly string[] }[];
}

export interface Prepared {
  readonly resource: Resource;
  readonly bound: Resource;
  readonly source: string | undefined;
  readonly origin: RenderedObject['origin'];
  readonly leaves: readonly GeneratedLeaf[];
  readonly there: Resource | undefined;
  /** Namespaces that the release itself makes. */
  readonly isInNewNamespace: ReadonlySet<string>;
}

export function isOf(release: MarkedRelease, live: Resource): boolean {
  return labelsOf(live)[partOfLabel] === applySetId(release);
}
