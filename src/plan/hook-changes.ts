/** Whether the hooks of a release run, and the changes that show them. */
import { buildChange, type ChangedObject, causeOrder, type ReleaseInput } from './change.ts';
import type { ReleaseFacts } from './facts.ts';
import { type HookFacts, hookChange, hooksToRun, type ReleaseHooks } from './hooks.ts';
import { masker } from './mask.ts';
import { normalise } from './normalise.ts';
import type { Cause, Change, FieldChange } from './plan.ts';
import type { ReleaseWork } from './work.ts';

/** Hooks run if and only if the release changes, or an apply of it did not come through. */
export function hookChanges(
  facts: ReleaseFacts,
  changes: readonly ChangedObject[],
  input: ReleaseInput,
): readonly Change[] {
  const phase = facts.hooks?.phase ?? 'none';
  if (phase === 'none') return [];
  const asked = new Set<Cause>(changes.flatMap(({ change }) => change.causes).filter((cause) => cause !== 'drift'));
  return runningHooks(facts, changes).map((hook) => {
    const { key, desired, bound, source } = hook;
    // Of a Secret no values were recorded, so nothing can be compared.
    const recorded = hook.recorded !== undefined && desired.kind === 'Secret' ? desired : hook.recorded;
    const sides = { target: undefined, recorded, live: recorded, predicted: undefined };
    const compared = buildChange({ key, desired, bound, ...sides, source, origin: undefined }, input);
    return hookChange({
      ...{ hook, phase, compared },
      causes: compared.causes.length > 0 ? compared.causes : causeOrder.filter((cause) => asked.has(cause)),
      content: masker(desired, input.mask)([], normalise(desired)).hashed,
      key: input.mask.key,
    });
  });
}

/** What is not shown to run is not run. */
export function workOfHooks(hooks: ReleaseHooks, changes: readonly ChangedObject[]): NonNullable<ReleaseWork['hooks']> {
  const { all } = hooks;
  const phase = doRun(hooks, changes) ? hooks.phase : 'none';
  return { phase, all: all.map(({ key, bound, rules, source }) => ({ key, resource: bound, rules, source })) };
}

/** The hooks that this plan, applied, would run. */
export function runningHooks({ hooks }: ReleaseFacts, changes: readonly ChangedObject[]): readonly HookFacts[] {
  return hooks === undefined || !doRun(hooks, changes) ? [] : hooksToRun(hooks);
}

function doRun({ isDue }: ReleaseHooks, changes: readonly ChangedObject[]): boolean {
  return isDue || changes.some(({ change }) => isOfContent(change));
}

/** Taking over what is as it should be, and letting go of what is kept, change nothing that a hook could be for. */
function isOfContent({ action, fields }: Change): boolean {
  if (action === 'keep') return false;
  return action !== 'adopt' || fields.some((field) => !isMembership(field));
}

/** The label of the set, alone or as the object's first one. */
function isMembership({ path, from, to }: FieldChange): boolean {
  if (path.endsWith('["applyset.kubernetes.io/part-of"]')) return true;
  return path === 'metadata.labels' && from === undefined && /^applyset\.kubernetes\.io\/part-of: \S+$/.test(to ?? '');
}
