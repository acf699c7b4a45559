/** One object's facts → its change: what is done to it, why, and with what consequences. */
import { annotationsOf, keyId, type Resource } from '../resource/resource.ts';
import { compare, type Difference } from './compare.ts';
import { consequencesOf, worstFirst } from './consequences.ts';
import { digestOf } from './digest.ts';
import { withoutDrawn } from './drawn.ts';
import type { ObjectFacts, PlanInput } from './facts.ts';
import { fieldChanges, predictionOf } from './field-changes.ts';
import { type Judged, judge, normalised } from './judge.ts';
import { maskText } from './mask.ts';
import type { Action, Cause, Change, Consequence } from './plan.ts';
import { differsInRendered } from './prediction.ts';
import { takenFields } from './taken.ts';

export interface ReleaseInput extends PlanInput {
  /** Everything that the release renders. */
  readonly rendered: readonly Resource[];
  /** Ids of the workloads whose pods the plan restarts; not known while these are compared themselves. */
  readonly restarting?: ReadonlySet<string>;
}

/** A change, with the facts that it was made from. */
export interface ChangedObject {
  readonly object: ObjectFacts;
  readonly change: Change;
}

export const causeOrder: readonly Cause[] = ['merge-request', 'waiting', 'drift'];

export function isOnlyDrift(change: Change): boolean {
  return change.causes.every((cause) => cause === 'drift');
}

/** The change, and where an apply has it, how a plan of a login would have shown it that may not try the object. */
export function buildChange(object: ObjectFacts, input: ReleaseInput): Change {
  const change = changeOf(object, input);
  const { here, desired, predicted } = object;
  if (here === undefined || change.action === 'unchanged') return change;
  const isSame =
    desired === undefined ||
    (here.predicted !== undefined &&
      predicted !== undefined &&
      differsInRendered(desired, { here: here.predicted, server: predicted }) === undefined);
  if (!isSame) return change;
  const { here: _, ...facts } = object;
  const other = changeOf({ ...facts, ...here, prediction: 'here' }, input);
  if (other.action === 'unchanged' || isOnlyDrift(other)) return { ...change, here: 'unchanged' };
  // What was shown as an update must not become a replacement.
  return other.action === change.action ? { ...change, here: { digest: other.digest, parts: other.parts } } : change;
}

function changeOf(object: ObjectFacts, input: ReleaseInput): Change {
  const after = normalised(object.desired && (predictedOf(object) ?? object.desired));
  const live = normalised(object.live);
  const compared = compare(live, after);
  const action = actionOf(object, compared);
  const differences = action === 'create' || action === 'delete' ? whole(live, after) : compared;
  const judged = action === 'keep' ? [] : judge(differences, object, input);
  // An object that is written at all is written whole, so what a rule ignores is then shown as well.
  const relevant = judged.filter(({ isBound }) => isBound);
  const isWritten = relevant.some(({ cause }) => cause !== 'drift');
  const shown = isWritten ? judged : relevant;
  const fields = shown.length === 0 ? [] : fieldChanges(shown, { object, live, action }, input);
  const effective = fields.length === 0 && action === 'update' ? 'unchanged' : action;
  const parts = fields.map(({ digest }) => digest);
  const subject = {
    key: object.key,
    action: effective,
    before: live,
    after,
    release: input.rendered,
    ...restartingIn(input),
  };
  const causes = new Set(fields.map(({ field }) => field.cause));
  // A takeover of what is as it should be still has to be recorded.
  if (action === 'keep' || (action === 'adopt' && causes.size === 0)) causes.add('waiting');
  return {
    key: object.key,
    action: effective,
    causes: causeOrder.filter((cause) => causes.has(cause)),
    fields: fields.map(({ field }) => field),
    consequences:
      effective === 'unchanged'
        ? []
        : worstFirst([
            ...consequencesOf(subject),
            ...fromFacts(object),
            ...taken(object, effective, shown, causes),
            ...predictedHere(object),
          ]).map((one) => ({ ...one, text: maskText(one.text, input.mask.secrets) })),
    source: object.source,
    digest: digestOf(
      { object: keyId(object.key), action: effective, parts: [...parts].sort(), ...predictionOf(object) },
      input.mask.key,
    ),
    ...predictionOf(object),
    parts,
  };
}

function restartingIn({ restarting }: ReleaseInput): Pick<ReleaseInput, 'restarting'> {
  return restarting === undefined ? {} : { restarting };
}

function predictedOf({ predicted, desired, live }: ObjectFacts): Resource | undefined {
  return predicted && withoutDrawn(predicted, { desired, live });
}

function fromFacts({ consequences, replacement }: ObjectFacts): readonly Consequence[] {
  return [...(consequences ?? []), ...(replacement === undefined ? [] : [replacement.consequence])];
}

/** Whom fields are taken from: by hand in the meantime, or by another tool. A takeover names the tool by itself. */
function taken(
  { live, recorded }: ObjectFacts,
  action: Action,
  judged: readonly Judged[],
  causes: ReadonlySet<Cause>,
): readonly Consequence[] {
  if (live === undefined || recorded === undefined || (action !== 'update' && action !== 'replace')) return [];
  const differences = judged.map(({ difference }) => difference);
  const known = takenFields(live, differences);
  if (known.length > 0 || !causes.has('drift') || causes.size === 1) return known;
  return [{ kind: 'note', text: 'also takes back what was changed there by hand' }];
}

function predictedHere({ prediction }: ObjectFacts): readonly Consequence[] {
  return prediction === undefined ? [] : [{ kind: 'note', text: 'predicted locally' }];
}

function actionOf(object: ObjectFacts, differences: readonly Difference[]): Action {
  if (object.desired === undefined) {
    if (object.live === undefined) return 'unchanged';
    return isKept(object.live) ? 'keep' : 'delete';
  }
  if (object.live === undefined) return 'create';
  if (differences.length === 0 && object.recorded !== undefined) return 'unchanged';
  if (object.replacement !== undefined) return 'replace';
  if (object.recorded === undefined) return 'adopt';
  return 'update';
}

/** Marks by which people keep an object when its release no longer has it; each as its tool documents it. */
const keepMarks: readonly (readonly [annotation: string, value: RegExp])[] = [
  ['helm.sh/resource-policy', /^\s*keep\s*$/i],
  ['argocd.argoproj.io/sync-options', /(^|,)\s*Prune=false\s*(,|$)/i],
  ['client.lifecycle.config.k8s.io/deletion', /^detach$/],
  ['cli-utils.sigs.k8s.io/on-remove', /^keep$/],
  ['kustomize.toolkit.fluxcd.io/prune', /^disabled$/i],
];

function isKept(live: Resource): boolean {
  const annotations = annotationsOf(live);
  return keepMarks.some(([annotation, value]) => value.test(annotations[annotation] ?? ''));
}

function whole(live: Resource | undefined, after: Resource | undefined): readonly Difference[] {
  return [{ path: [], from: live, to: after }];
}
