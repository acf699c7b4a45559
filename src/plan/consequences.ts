/** What a change means, in words, worst first. The rules are tables, one row for each; they look at one change. */
import { configurationRules } from './consequences/configuration.ts';
import { deletionRules } from './consequences/deletions.ts';
import { exposureRules } from './consequences/exposure.ts';
import { rightsRules } from './consequences/rights.ts';
import { rolloutRules } from './consequences/rollout.ts';
import type { ConsequenceRule, Subject } from './consequences/rule.ts';
import type { Change, Consequence, ConsequenceKind } from './plan.ts';

/** Worst first: the order in which changes and their consequences are shown. */
const consequenceRank: readonly ConsequenceKind[] = [
  'policy',
  'data-loss',
  'rights',
  'outage',
  'deletion',
  'recreate',
  'exposure',
  'restart',
  'scale',
  'note',
];

export const consequenceRules: readonly ConsequenceRule[] = [
  ...deletionRules,
  ...rightsRules,
  ...exposureRules,
  ...rolloutRules,
  ...configurationRules,
];

/** The consequences of one change, worst first. `before` is live (undefined on create), `after` desired (undefined on delete). */
export function consequencesOf(subject: Subject): readonly Consequence[] {
  return worstFirst(consequenceRules.flatMap(({ kind, of }) => of(subject).map((text) => ({ kind, text }))));
}

export function worstFirst(consequences: readonly Consequence[]): readonly Consequence[] {
  return [...consequences].sort((a, b) => rank(a.kind) - rank(b.kind));
}

/** A change is as dangerous as its worst consequence; smaller is worse. */
export function riskOf(change: Pick<Change, 'consequences'>): number {
  return rank(change.consequences[0]?.kind ?? 'note');
}

function rank(kind: ConsequenceKind): number {
  return consequenceRank.indexOf(kind);
}
