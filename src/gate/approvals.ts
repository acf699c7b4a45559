/** Who counts as having approved, and why the others do not. */
import type { GatePolicy } from '../config/config.ts';

export interface ReviewFacts {
  readonly user: string;
  readonly verdict: 'approved' | 'changes-requested' | 'dismissed';
  /** The head that the verdict was given on; undefined where that could not be found out. */
  readonly commit: string | undefined;
  /** undefined where that could not be read. */
  readonly mayWrite: boolean | undefined;
  readonly bot: boolean;
}

export interface ApprovalFacts {
  readonly reviews: readonly ReviewFacts[];
  /** The head that was planned and shown. */
  readonly head: string;
  readonly author: string;
  readonly policy: GatePolicy;
}

export interface ApprovalCount {
  readonly counted: readonly string[];
  readonly ignored: readonly { readonly user: string; readonly why: string }[];
  /** People whose latest word is "request changes" and who may write: they stop the apply. */
  readonly against: readonly string[];
  readonly needed: number;
  readonly enough: boolean;
}

/**
 * Counts approvals on the planned head by people who may write; never the author's own unless the policy says so, never
 * bots'. Whatever could not be read does not count. `reviews` holds one entry per user: the latest that is an opinion.
 */
export function countApprovals({ reviews, head, author, policy }: ApprovalFacts): ApprovalCount {
  const approved = reviews.filter(({ verdict }) => verdict === 'approved');
  const judged = approved.map((review) => ({ user: review.user, why: whyNot(review, head, author, policy) }));
  const counted = [...new Set(judged.filter(({ why }) => why === undefined).map(({ user }) => user))];
  const against = reviews
    .filter(({ verdict, mayWrite, bot }) => verdict === 'changes-requested' && mayWrite !== false && !bot)
    .map(({ user }) => user);
  return {
    counted,
    ignored: judged.flatMap(({ user, why }) => (why === undefined ? [] : { user, why })),
    against,
    needed: policy.approvals,
    enough: counted.length >= policy.approvals && against.length === 0,
  };
}

function whyNot(review: ReviewFacts, head: string, author: string, policy: GatePolicy): string | undefined {
  if (review.bot) return 'is a bot';
  if (review.user === author && !policy.selfApproval) return 'is the author';
  if (review.mayWrite === undefined) return 'whether they may write could not be read';
  if (!review.mayWrite) return 'may not write to the repository';
  if (review.commit === undefined) return 'which commit they approved is not known';
  if (review.commit !== head) return `approved ${review.commit.slice(0, 7)}, not ${head.slice(0, 7)}`;
  return undefined;
}
