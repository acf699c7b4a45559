/** Who counts as having approved, why the others do not, and what is still missing. */
import type { GatePolicy, TeamRule } from '../config/config.ts';
import type { OwnersAsked } from './code-owners.ts';

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
  /** Facts that only some policies ask for; what a policy asks for and is not here counts as unknown. */
  readonly more?: MoreFacts | undefined;
}

export interface MoreFacts {
  /** Whose commits are in the merge request. */
  readonly committers?: CommitterFacts | undefined;
  /** Members by team, as the policy or CODEOWNERS writes it; undefined where they could not be read. */
  readonly members?: ReadonlyMap<string, readonly string[] | undefined> | undefined;
  /** What CODEOWNERS asks for the changed files; text: why that is not known. */
  readonly owners?: readonly OwnersAsked[] | string | undefined;
  /** What the forge itself asks, where it tells. */
  readonly forgeRules?: readonly ForgeRule[] | undefined;
}

export interface CommitterFacts {
  readonly users: readonly string[];
  /** Names and addresses that the forge has no account for. */
  readonly unknown: readonly string[];
  /** Whether all commits were listed. */
  readonly complete: boolean;
}

/** A rule of the forge, e.g. an approval rule of GitLab Premium. */
export interface ForgeRule {
  readonly name: string;
  readonly needed: number;
  readonly approvedBy: readonly string[];
}

export interface ApprovalCount {
  readonly counted: readonly string[];
  readonly ignored: readonly { readonly user: string; readonly why: string }[];
  /** People whose latest word is "request changes" and who may write: they stop the apply. */
  readonly against: readonly string[];
  readonly needed: number;
  /** What else is asked and not there, one phrase each: "1 of 2 approvals of @acme/platform". */
  readonly missing?: readonly string[] | undefined;
  readonly enough: boolean;
}

/**
 * Counts approvals on the planned head by people who may write; never the author's own unless the policy says so, never
 * bots'. Whatever could not be read does not count. `reviews` holds one entry per user: the latest that is an opinion.
 */
export function countApprovals({ reviews, head, author, policy, more }: ApprovalFacts): ApprovalCount {
  const approved = reviews.filter(({ verdict }) => verdict === 'approved');
  const judged = approved.map((review) => ({
    user: review.user,
    why: whyNot(review, { head, author, policy, committers: more?.committers }),
  }));
  const counted = [...new Set(judged.filter(({ why }) => why === undefined).map(({ user }) => user))];
  const against = reviews
    .filter(({ verdict, mayWrite, bot }) => verdict === 'changes-requested' && mayWrite !== false && !bot)
    .map(({ user }) => user);
  const missing = missingOf(counted, policy, more);
  return {
    counted,
    ignored: judged.flatMap(({ user, why }) => (why === undefined ? [] : { user, why })),
    against,
    needed: policy.approvals,
    ...(missing.length === 0 ? {} : { missing }),
    enough: counted.length >= policy.approvals && against.length === 0 && missing.length === 0,
  };
}

interface Judging extends Pick<ApprovalFacts, 'head' | 'author' | 'policy'> {
  readonly committers: CommitterFacts | undefined;
}

function whyNot(review: ReviewFacts, { head, author, policy, committers }: Judging): string | undefined {
  if (review.bot) return 'is a bot';
  if (review.user === author && !policy.selfApproval) return 'is the author';
  if (review.mayWrite === undefined) return 'whether they may write could not be read';
  if (!review.mayWrite) return 'may not write to the repository';
  if (review.commit === undefined) return 'which commit they approved is not known';
  if (review.commit !== head) return `approved ${review.commit.slice(0, 7)}, not ${head.slice(0, 7)}`;
  return policy.committerApproval === false ? whyNotCommitter(review.user, committers) : undefined;
}

/** A commit of somebody unknown may be anybody's, so then nobody can be told from its author. */
function whyNotCommitter(user: string, committers: CommitterFacts | undefined): string | undefined {
  if (committers === undefined) return 'whether they committed to it could not be read';
  if (committers.users.some((name) => sameName(name, user))) return 'committed to it';
  const [stranger] = committers.unknown;
  if (stranger !== undefined) return `it has commits by ${stranger}, and whose account that is is not known`;
  return committers.complete ? undefined : 'it has more commits than the forge lists';
}

function missingOf(counted: readonly string[], policy: GatePolicy, more: MoreFacts | undefined): readonly string[] {
  return [
    ...(policy.teams ?? []).flatMap((rule) => missingTeam(counted, rule, more?.members)),
    ...(policy.codeOwners === true ? missingOwners(counted, more) : []),
    ...(more?.forgeRules ?? []).flatMap((rule) => missingRule(counted, rule)),
  ];
}

type Members = MoreFacts['members'];

function missingTeam(counted: readonly string[], { team, approvals }: TeamRule, all: Members): readonly string[] {
  const members = all?.get(team);
  if (members === undefined) return [`who is in ${team} could not be read (it is hidden, or not there)`];
  const by = counted.filter((user) => members.some((member) => sameName(member, user)));
  return by.length >= approvals ? [] : [`${by.length} of ${approvals} approval${s(approvals)} by ${team}`];
}

function missingOwners(counted: readonly string[], more: MoreFacts | undefined): readonly string[] {
  const asked = more?.owners ?? 'CODEOWNERS could not be read';
  if (typeof asked === 'string') return [asked];
  return asked.flatMap((rule) => missingOwner(counted, rule, more?.members));
}

function missingOwner(counted: readonly string[], rule: OwnersAsked, all: Members): readonly string[] {
  const by = counted.filter((user) => rule.owners.some((owner) => isOwnedBy(owner, user, all)));
  if (by.length >= rule.approvals) return [];
  const hidden = rule.owners.filter((owner) => !isPerson(owner) && all?.get(owner) === undefined);
  const note = hidden.length === 0 ? '' : `; who ${hidden.join(' and ')} is could not be read`;
  const section = rule.section === '' ? '' : `, section ${rule.section}`;
  return [
    `${by.length} of ${rule.approvals} approval${s(rule.approvals)} by the owners of ${rule.pattern} (${rule.owners.join(', ')}; CODEOWNERS line ${rule.line}${section}${note})`,
  ];
}

function isOwnedBy(owner: string, user: string, all: Members): boolean {
  if (sameName(owner, `@${user}`)) return true;
  return all?.get(owner)?.some((member) => sameName(member, user)) === true;
}

/** A plain name can be a person or, on GitLab, a group; everything else is not one person's account. */
function isPerson(owner: string): boolean {
  return /^@[^@/]+$/.test(owner);
}

/** GitLab calls rules that nobody could fulfil fulfilled; they are counted here. */
function missingRule(counted: readonly string[], { name, needed, approvedBy }: ForgeRule): readonly string[] {
  const by = approvedBy.filter((user) => counted.some((one) => sameName(one, user)));
  return by.length >= needed ? [] : [`${by.length} of ${needed} approval${s(needed)} for the forge’s rule “${name}”`];
}

/** Both forges compare names of accounts without regard to case. */
function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function s(count: number): string {
  return count === 1 ? '' : 's';
}
