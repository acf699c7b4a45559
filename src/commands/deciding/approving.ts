/** The facts behind approvals that only some rules ask for; each is asked once, and only where a rule needs it. */
import type { GatePolicy } from '../../config/config.ts';
import type { Contributors, Forge } from '../../forge/forge.ts';
import type { CommitterFacts, MoreFacts, ReviewFacts } from '../../gate/approvals.ts';
import { codeOwnersPaths, type OwnersAsked, ownersAsked, parseCodeOwners } from '../../gate/code-owners.ts';
import { remember } from '../run/remember.ts';
import type { Repository } from '../run/repository.ts';

export interface Approving {
  readonly factsFor: (about: AboutRequest) => Promise<MoreFacts>;
  /** Members of a team; undefined where it is hidden or not there. */
  readonly membersOf: (team: string) => Promise<readonly string[] | undefined>;
}

export interface AboutRequest {
  readonly number: number;
  readonly policy: GatePolicy;
  readonly reviews: readonly ReviewFacts[];
  /** The branch before the merge request, where CODEOWNERS is read; undefined where that is not known. */
  readonly base: string | undefined;
  /** The commit that the merge request made, or would make, of it. */
  readonly result: string;
}

/** A team or CODEOWNERS that cannot be read is a fact too, and counts against. */
export function openApproving({
  forge,
  repository,
}: {
  readonly forge: Forge;
  readonly repository: Repository;
}): Approving {
  const membersOf = remember((team: string) => forge.membersOf(team));
  const committersOf = remember(async (number: string) => committersIn(await forge.contributors(Number(number))));
  const rulesOf = remember(async (number: string) => await forge.approvalRules?.(Number(number)));
  const ownersOf = remember(async (range: string) => {
    const [base = '', result = ''] = range.split(' ');
    return await askedOwners(repository, forge.kind, base, result);
  });

  async function membersFor(teams: readonly string[]): Promise<ReadonlyMap<string, readonly string[] | undefined>> {
    const names = [...new Set(teams)];
    const found = await Promise.all(names.map(membersOf));
    return new Map(names.map((name, index) => [name, found[index]]));
  }
  return {
    membersOf,
    async factsFor({ number, policy, reviews, base, result }) {
      const owners =
        policy.codeOwners !== true
          ? undefined
          : base === undefined
            ? 'CODEOWNERS could not be read: where the merge request began is not known'
            : await ownersOf(`${base} ${result}`);
      const owning = typeof owners === 'object' ? owners.flatMap((rule) => rule.owners) : [];
      const teams = [...(policy.teams ?? []).map(({ team }) => team), ...owning.filter(isTeam(forge.kind, reviews))];
      return {
        committers: policy.committerApproval === false ? await committersOf(String(number)) : undefined,
        members: await membersFor(teams),
        owners,
        forgeRules: policy.approvals === 0 ? undefined : await rulesOf(String(number)),
      };
    },
  };
}

/** What the forge can be asked to list; a GitLab name may be a group's, unless one of the approvers has it. */
function isTeam(kind: Forge['kind'], reviews: readonly ReviewFacts[]): (owner: string) => boolean {
  const people = new Set(reviews.map(({ user }) => `@${user.toLowerCase()}`));
  return (owner) => {
    if (!owner.startsWith('@')) return false;
    return kind === 'github' ? owner.includes('/') : !people.has(owner.toLowerCase());
  };
}

/** Co-authors are claims of a message: known ones do not count, unknown ones are nobody’s concern. */
function committersIn({ people, complete }: Contributors): CommitterFacts {
  const unknown = people.filter(({ user, as }) => user === undefined && as !== 'co-author');
  return {
    users: [...new Set(people.flatMap(({ user }) => user?.name ?? []))],
    unknown: [...new Set(unknown.map(({ name, email }) => `${name} <${email}>`))],
    complete,
  };
}

async function askedOwners(
  { checkout }: Repository,
  kind: Forge['kind'],
  base: string,
  result: string,
): Promise<readonly OwnersAsked[] | string> {
  const paths = codeOwnersPaths[kind];
  const { files } = await checkout.files({ commit: base, paths });
  const path = paths.find((candidate) => files.has(candidate));
  const content = path === undefined ? undefined : files.get(path);
  if (path === undefined || content === undefined)
    return `the branch has no CODEOWNERS (${paths.join(', ')}), and the environment asks for its owners`;
  const owners = parseCodeOwners(new TextDecoder().decode(content), kind);
  if ('mistake' in owners) return `${path} line ${owners.line} could not be read: ${owners.mistake}`;
  return ownersAsked(owners, await checkout.changedPaths(base, result));
}
