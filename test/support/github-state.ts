/** What a small GitHub knows: accounts, tokens, pull requests, reviews, comments, issues, statuses, deployments. */
import { createGitRepository, type GitRepository, type MergeMethod } from './git-repository.ts';
import { steppingClock } from './loopback-server.ts';
import { type Account, keepProposals, type Proposal, type ProposalRequest, type Proposals } from './proposals.ts';

export type Scope =
  | 'metadata'
  | 'contents'
  | 'pull_requests'
  | 'issues'
  | 'statuses'
  | 'deployments'
  | 'administration'
  | 'actions'
  /** Of the organisation; no workflow's own token has it. */
  | 'members';
export type Level = 'read' | 'write';
export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export interface TokenFacts {
  readonly account: Account;
  /** Installation tokens, such as a workflow's GITHUB_TOKEN, may not ask who they are over REST. */
  readonly installation: boolean;
  readonly scopes: Partial<Readonly<Record<Scope, Level>>>;
}

export interface StoredReview {
  readonly id: number;
  readonly pull: number;
  readonly account: Account;
  readonly commit: string;
  readonly at: string;
  readonly body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
}

export interface StoredComment {
  readonly id: number;
  readonly number: number;
  readonly account: Account;
  readonly at: string;
  body: string;
  edited: string;
  editor?: Account;
}

export interface StoredIssue {
  readonly number: number;
  readonly account: Account;
  readonly at: string;
  title: string;
  body: string;
  labels: readonly string[];
  state: 'open' | 'closed';
}

export interface StoredStatus {
  readonly id: number;
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly target: string | null;
  readonly at: string;
  readonly account: Account;
}

export interface StoredDeployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly environment: string;
  readonly production: boolean;
  readonly account: Account;
  readonly at: string;
  readonly statuses: {
    readonly id: number;
    readonly state: string;
    readonly description: string;
    readonly at: string;
  }[];
}

export interface BranchProtection {
  readonly approvals: number;
  readonly dismissStale: boolean;
  readonly codeOwners: boolean;
  readonly lastPush: boolean;
}

export interface GitHubState {
  readonly repository: GitRepository;
  readonly owner: string;
  readonly name: string;
  readonly clock: () => string;
  readonly nextId: () => number;
  readonly pulls: Proposals;
  readonly accounts: Map<string, { readonly account: Account; permission: Permission }>;
  readonly tokens: Map<string, TokenFacts>;
  readonly reviews: StoredReview[];
  readonly comments: StoredComment[];
  readonly issues: StoredIssue[];
  readonly statuses: StoredStatus[];
  readonly deployments: StoredDeployment[];
  /** Reactions by the id of a comment. */
  readonly reactions: Map<number, string[]>;
  private: boolean;
  /** Logins by `organisation/team`. */
  readonly teams: Map<string, readonly string[]>;
  readonly protection: Map<string, BranchProtection>;
  /** Environments of the forge, with how many reviewers each requires. */
  readonly environments: Map<string, { readonly reviewers: number; readonly protectedBranches: boolean }>;
  readonly nextNumber: () => number;
  readonly addUser: (login: string, permission: Permission) => Account;
  readonly setPermission: (login: string, permission: Permission) => void;
  /** A personal token; every scope may be written unless said otherwise. */
  readonly personalToken: (login: string, scopes?: TokenFacts['scopes']) => string;
  /** What a workflow gets as GITHUB_TOKEN, by the `permissions:` it asked for. */
  readonly workflowToken: (scopes: TokenFacts['scopes']) => string;
  readonly openPull: (request: Omit<ProposalRequest, 'author'> & { readonly author: string }) => Proposal;
  readonly review: (pull: number, login: string, state: Exclude<StoredReview['state'], 'DISMISSED'>) => StoredReview;
  readonly dismiss: (review: number) => void;
  readonly comment: (number: number, login: string, body: string) => StoredComment;
  /** As every writer may, whoever wrote the comment. */
  readonly editComment: (comment: StoredComment, login: string, body: string) => void;
  readonly merge: (pull: number, login: string, method?: MergeMethod) => string;
}

/** The account of GITHUB_TOKEN: the same on every GitHub. */
const workflowAccount: Account = { id: 41898282, login: 'github-actions[bot]', bot: true };

const everyScope: TokenFacts['scopes'] = {
  metadata: 'read',
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  statuses: 'write',
  deployments: 'write',
  administration: 'write',
  actions: 'read',
  members: 'read',
};

export function createGitHubState(options: { readonly repository?: GitRepository } = {}): GitHubState {
  const repository = options.repository ?? createGitRepository();
  const clock = steppingClock('2026-03-02T09:00:00Z');
  let lastId = 1000;
  let lastNumber = 0;
  const nextId = (): number => ++lastId;
  const nextNumber = (): number => ++lastNumber;
  const pulls = keepProposals({ repository, clock, nextNumber });
  const accounts: GitHubState['accounts'] = new Map([
    [workflowAccount.login, { account: workflowAccount, permission: 'none' }],
  ]);
  const tokens: GitHubState['tokens'] = new Map();
  const reviews: StoredReview[] = [];
  const comments: StoredComment[] = [];

  function accountOf(login: string): Account {
    const found = accounts.get(login);
    if (found === undefined) throw new Error(`the test forge has no user ${login}`);
    return found.account;
  }
  function addToken(facts: TokenFacts): string {
    // The prefixes tell GitHub's own tools what a token is; the rest only has to be unguessable in a test.
    const token = `${facts.installation ? 'ghs' : 'github_pat'}_${facts.account.id}_${nextId()}`;
    tokens.set(token, facts);
    return token;
  }
  return {
    repository,
    owner: 'acme',
    name: 'shop',
    clock,
    nextId,
    nextNumber,
    pulls,
    accounts,
    tokens,
    reviews,
    comments,
    issues: [],
    statuses: [],
    deployments: [],
    reactions: new Map(),
    private: false,
    teams: new Map(),
    protection: new Map(),
    environments: new Map(),
    addUser: (login, permission) => {
      const account: Account = { id: nextId(), login, bot: login.endsWith('[bot]') };
      accounts.set(login, { account, permission });
      return account;
    },
    setPermission: (login, permission) => void accounts.set(login, { account: accountOf(login), permission }),
    personalToken: (login, scopes = everyScope) =>
      addToken({ account: accountOf(login), installation: false, scopes: { metadata: 'read', ...scopes } }),
    workflowToken: (scopes) =>
      addToken({ account: workflowAccount, installation: true, scopes: { metadata: 'read', ...scopes } }),
    openPull: (request) => {
      const pull = pulls.open({ ...request, author: accountOf(request.author) });
      repository.setRef(`refs/pull/${pull.number}/head`, pulls.head(pull.number));
      return pull;
    },
    review: (pull, login, state) => {
      const proposal = pulls.get(pull);
      const account = accountOf(login);
      if (proposal?.author.id === account.id && state !== 'COMMENTED') {
        throw new Error('Review Can not approve your own pull request');
      }
      const review: StoredReview = {
        id: nextId(),
        pull,
        account,
        commit: pulls.head(pull),
        at: clock(),
        body: '',
        state,
      };
      reviews.push(review);
      return review;
    },
    dismiss: (id) => {
      const review = reviews.find((one) => one.id === id);
      if (review === undefined) throw new Error(`the test forge has no review ${id}`);
      review.state = 'DISMISSED';
    },
    comment: (number, login, body) => {
      const at = clock();
      const comment: StoredComment = { id: nextId(), number, account: accountOf(login), at, body, edited: at };
      comments.push(comment);
      return comment;
    },
    editComment: (comment, login, body) =>
      void Object.assign(comment, { body, edited: clock(), editor: accountOf(login) }),
    merge: (pull, login, method = 'merge') => pulls.merge(pull, accountOf(login), method).tip,
  };
}
