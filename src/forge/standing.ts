/**
 * How far a run may be trusted, by who started it on whose code. A fork's code must never meet credentials: not on the
 * triggers that GitHub runs with full rights, nor when GitLab runs a fork's pipeline in the project itself, whose CI
 * file is then the fork's.
 */
import type { RunFacts, Trigger } from './ci.ts';

export type Standing =
  | { readonly kind: 'trusted' }
  /** A fork's code without anything to lose: it may be rendered, and nothing else. */
  | { readonly kind: 'render-only'; readonly why: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'fork-refused' | 'wrong-ref';
      readonly why: string;
      readonly hint: string;
    };

export interface StandingInput {
  readonly trigger: Trigger;
  /** What the forge says of the merge request that a comment is on, as the event does not; unknown means fork. */
  readonly fork?: boolean | undefined;
  /** Forks on privileged triggers: refused unless the workflow's owner asked for rendering. */
  readonly forks?: 'refuse' | 'render' | undefined;
}

/** Whether a run may plan. */
export function standingToPlan({ trigger, fork, forks }: StandingInput): Standing {
  if (trigger.kind === 'merge-request') {
    if (!trigger.fork) return { kind: 'trusted' };
    if (!trigger.insideTarget) return { kind: 'render-only', why: 'the merge request comes from a fork' };
    return privilegedFork(trigger.event, forks);
  }
  if (trigger.kind === 'comment') return fork === false ? { kind: 'trusted' } : privilegedFork(trigger.event, forks);
  if (trigger.kind === 'follow-up' && trigger.fork) return privilegedFork(trigger.event, forks);
  return { kind: 'trusted' };
}

/**
 * Whether a run may apply. On GitLab only protected refs count: elsewhere every developer may write the CI file that
 * runs. GitHub protects its environments by the ref itself, and some of its plans protect no branch at all.
 */
export function standingToApply(facts: Pick<RunFacts, 'forge' | 'trigger' | 'protectedRef' | 'ref'>): Standing {
  const standing = standingToPlan({ trigger: facts.trigger });
  if (standing.kind === 'refused') return standing;
  if (standing.kind === 'render-only') {
    return { kind: 'refused', reason: 'fork-refused', why: standing.why, hint: 'Nothing is applied from a fork.' };
  }
  if (facts.forge?.kind === 'gitlab' && facts.protectedRef !== true) {
    return {
      kind: 'refused',
      reason: 'wrong-ref',
      why: `${facts.ref ?? 'the ref'} is not protected, so whoever may push to it decides what this job does`,
      hint: 'Protect the branch or tag (Settings > Repository), and give the credentials of the apply to protected refs only.',
    };
  }
  return { kind: 'trusted' };
}

function privilegedFork(event: string, forks: StandingInput['forks']): Standing {
  const why = `${event} runs with the rights of this project, and the code may be a fork's`;
  if (forks === 'render') return { kind: 'render-only', why };
  return {
    kind: 'refused',
    reason: 'fork-refused',
    why,
    hint: 'On GitHub plan merge requests on pull_request. On GitLab leave "run pipelines for forks in the parent project" off.',
  };
}
