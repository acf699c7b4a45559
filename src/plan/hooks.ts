/** Hooks in a plan: they run when their release changes, and what would run is shown and approved like every change. */
import { eventOf, type HookMoment, type HookPhase, type HookRules } from '../resource/hook.ts';
import type { Json, Resource, ResourceKey } from '../resource/resource.ts';
import { keyId } from '../resource/resource.ts';
import { digestOf } from './digest.ts';
import type { Blocker, Cause, Change } from './plan.ts';

export interface HookFacts {
  readonly key: ResourceKey;
  /** As rendered; values bound at apply stand as their placeholder. */
  readonly desired: Resource;
  readonly bound: Resource;
  /** As it was when the release was last applied; undefined for a new hook. */
  readonly recorded: Resource | undefined;
  readonly rules: HookRules;
  readonly source: string | undefined;
  /** What the server has against making it, or an object of its name that is in the way. */
  readonly refusal?: Blocker;
  /** `here`: the login may not try it, so nobody asked the server. */
  readonly prediction?: 'here';
}

export interface ReleaseHooks {
  /** Every hook, those for tests too: Helm's record has them all. */
  readonly all: readonly HookFacts[];
  /** `none`: an apply that runs none, because nothing of the release is new. */
  readonly phase: HookPhase | 'none';
  /** Whether an apply before did not come through, so that they run again although no object differs. */
  readonly isDue: boolean;
}

export interface HookWork {
  readonly key: ResourceKey;
  readonly resource: Resource;
  readonly rules: HookRules;
  readonly source: string | undefined;
}

const moments: readonly (readonly [HookMoment, string])[] = [
  ['before', 'before the changes'],
  ['during', 'with the changes'],
  ['after', 'when the changes are ready'],
  ['failed', 'if the apply fails'],
];

/** The hooks that an apply would run, in no order. */
export function hooksToRun({ all, phase }: ReleaseHooks): readonly HookFacts[] {
  if (phase === 'none') return [];
  const events = moments.map(([moment]) => eventOf(moment, phase));
  return all.filter(({ rules }) => rules.events.some((event) => events.includes(event)));
}

/** When it runs, in words; and its weight, where it has one. */
function whenOf({ rules }: HookFacts, phase: HookPhase): string {
  const when = moments.filter(([moment]) => rules.events.includes(eventOf(moment, phase))).map(([, words]) => words);
  const weight = rules.weight === 0 ? '' : `, weight ${rules.weight}`;
  return `hook: runs ${when.join(' and ')}${weight}`;
}

export interface HookChange {
  readonly hook: HookFacts;
  readonly phase: HookPhase;
  /** What differs from the hook of the last apply. */
  readonly compared: Change;
  /** Why the release changes. */
  readonly causes: readonly Cause[];
  /** The hook's content with masked values as their hashes. */
  readonly content: Json;
  readonly key: string | undefined;
}

export function hookChange({ hook, phase, compared, causes, content, key }: HookChange): Change {
  const object = keyId(hook.key);
  const { events, weight, deletePolicies } = hook.rules;
  const part = digestOf({ object, action: 'run', content, events, weight, deletePolicies }, key);
  return {
    ...compared,
    action: 'run',
    causes: causes.length === 0 ? ['waiting'] : causes,
    consequences: [
      { kind: 'note', text: whenOf(hook, phase) },
      ...(hook.prediction === undefined ? [] : [{ kind: 'note' as const, text: 'not tried: the login may not' }]),
    ],
    digest: part,
    parts: [part],
  };
}
