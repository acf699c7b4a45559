/**
 * Merge requests as both forges keep them: a head that follows its branch while open and stands still afterwards,
 * and a merge that real Git makes. What differs between the forges (reviews, approvals, versions) is theirs.
 */
import type { CommitFacts, GitRepository, MergeMethod, Person } from './git-repository.ts';

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly bot: boolean;
}

export interface ProposalRequest {
  readonly author: Account;
  readonly source: string;
  readonly target?: string;
  readonly title?: string;
  readonly description?: string;
  /** Owner of the fork the source branch lives in. */
  readonly fork?: string;
}

export interface Proposal {
  readonly number: number;
  readonly author: Account;
  readonly title: string;
  readonly description: string;
  readonly source: string;
  readonly target: string;
  readonly fork: string | undefined;
  readonly createdAt: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly merged: Merged | undefined;
}

export interface Merged {
  readonly at: string;
  readonly by: Account;
  readonly method: MergeMethod | 'fast-forward';
  readonly head: string;
  readonly base: string;
  /** What the merge put on the target branch beside the merge request's own commits. */
  readonly made: readonly string[];
  readonly tip: string;
  /** GitLab's squash before a merge commit. */
  readonly squashed: string | undefined;
}

export interface Proposals {
  readonly open: (request: ProposalRequest) => Proposal;
  readonly get: (number: number) => Proposal | undefined;
  readonly all: () => readonly Proposal[];
  readonly head: (number: number) => string;
  readonly commits: (number: number) => readonly CommitFacts[];
  readonly merge: (number: number, by: Account, method: MergeMethod | 'fast-forward') => Merged;
  readonly close: (number: number) => void;
  /** The branch of the repository that stands for the source branch: forks have theirs in a corner of it. */
  readonly branchOf: (proposal: Pick<Proposal, 'source' | 'fork'>) => string;
}

export function keepProposals(options: {
  readonly repository: GitRepository;
  readonly clock: () => string;
  readonly nextNumber: () => number;
}): Proposals {
  const { repository, clock } = options;
  const kept = new Map<number, Proposal>();
  const frozenHeads = new Map<number, string>();

  function must(number: number): Proposal {
    const proposal = kept.get(number);
    if (proposal === undefined) throw new Error(`the test forge has no merge request ${number}`);
    return proposal;
  }
  function head(number: number): string {
    const proposal = must(number);
    const commit = frozenHeads.get(number) ?? repository.resolve(`refs/heads/${branchOf(proposal)}`);
    if (commit === undefined) throw new Error(`the source branch ${proposal.source} is gone`);
    return commit;
  }
  function freeze(number: number): void {
    frozenHeads.set(number, head(number));
  }
  return {
    branchOf,
    head,
    get: (number) => kept.get(number),
    all: () => [...kept.values()],
    open: (request) => {
      const proposal: Proposal = {
        number: options.nextNumber(),
        author: request.author,
        title: request.title ?? `Change by ${request.author.login}`,
        description: request.description ?? '',
        source: request.source,
        target: request.target ?? 'main',
        fork: request.fork,
        createdAt: clock(),
        state: 'open',
        merged: undefined,
      };
      kept.set(proposal.number, proposal);
      head(proposal.number);
      return proposal;
    },
    commits: (number) => {
      const proposal = must(number);
      return repository.commits(proposal.merged?.base ?? `refs/heads/${proposal.target}`, head(number));
    },
    merge: (number, by, method) => {
      const proposal = must(number);
      if (proposal.state !== 'open') throw new Error(`merge request ${number} is ${proposal.state}`);
      const base = repository.resolve(`refs/heads/${proposal.target}`) ?? '';
      freeze(number);
      const made = repository.merge({
        branch: proposal.target,
        head: head(number),
        method,
        message: `${proposal.title} (#${number})`,
        by: personOf(by),
      });
      const tip = made.at(-1) ?? base;
      const squashed = method === 'squash' ? tip : undefined;
      const merged: Merged = { at: clock(), by, method, head: head(number), base, made, tip, squashed };
      kept.set(number, { ...proposal, state: 'merged', merged });
      return merged;
    },
    close: (number) => {
      const proposal = must(number);
      freeze(number);
      kept.set(number, { ...proposal, state: 'closed' });
    },
  };
}

function branchOf(proposal: Pick<Proposal, 'source' | 'fork'>): string {
  return proposal.fork === undefined ? proposal.source : `forks/${proposal.fork}/${proposal.source}`;
}

export function personOf(account: Account): Person {
  return { name: account.login, email: `${account.id}+${account.login}@users.forge.test` };
}
