/** What a small GitLab knows: members, tokens, merge requests with versions and approvals, notes, issues, statuses. */
import { createGitRepository, type GitRepository, type MergeMethod } from './git-repository.ts';
import { steppingClock } from './loopback-server.ts';
import {
  type Account,
  keepProposals,
  type Proposal,
  type ProposalRequest,
  type Proposals,
  personOf,
} from './proposals.ts';
import { type QuickAction, readQuickActions } from './quick-actions.ts';

/** GitLab's access levels: guest, reporter, developer, maintainer, owner; 0 is no member. */
export type AccessLevel = 0 | 10 | 20 | 30 | 40 | 50;

export interface GitLabToken {
  readonly account: Account;
  readonly kind: 'access' | 'job';
  readonly scope: 'api' | 'read_api';
}

export interface Version {
  readonly id: number;
  readonly head: string;
  readonly base: string;
  readonly at: string;
}

export interface Note {
  readonly id: number;
  readonly on: 'merge_request' | 'issue';
  readonly iid: number;
  readonly account: Account;
  readonly system: boolean;
  readonly at: string;
  body: string;
}

export interface GitLabIssue {
  readonly iid: number;
  readonly account: Account;
  readonly at: string;
  title: string;
  description: string;
  labels: readonly string[];
  state: 'opened' | 'closed';
}

export interface GitLabStatus {
  readonly id: number;
  readonly sha: string;
  readonly name: string;
  readonly account: Account;
  readonly at: string;
  status: string;
  description: string | null;
  target: string | null;
}

export interface GitLabDeployment {
  readonly id: number;
  readonly environment: string;
  readonly sha: string;
  readonly ref: string;
  readonly account: Account;
  readonly at: string;
  status: string;
}

export interface ProtectedBranch {
  /** A name, or a pattern with `*`. */
  readonly name: string;
  /** Lowest level that may push; 0 is nobody. */
  readonly push: number;
  readonly codeOwners: boolean;
}

export interface ProtectedEnvironment {
  /** Levels that may deploy. */
  readonly deployers: readonly number[];
  /** Approvals that each of its rules asks for. */
  readonly approvals: readonly number[];
}

export interface ApprovalRule {
  readonly name: string;
  readonly needed: number;
  /** Usernames whose approval counts for it. */
  readonly eligible: readonly string[];
}

export interface Executed extends QuickAction {
  readonly by: string;
}

export interface GitLabState {
  readonly repository: GitRepository;
  readonly projectId: number;
  readonly path: string;
  readonly clock: () => string;
  readonly nextId: () => number;
  readonly nextIssue: () => number;
  readonly requests: Proposals;
  readonly members: Map<string, { readonly account: Account; access: AccessLevel; blocked: boolean }>;
  readonly tokens: Map<string, GitLabToken>;
  readonly notes: Note[];
  readonly issues: GitLabIssue[];
  readonly statuses: GitLabStatus[];
  readonly deployments: GitLabDeployment[];
  readonly protectedBranches: ProtectedBranch[];
  readonly protectedEnvironments: Map<string, ProtectedEnvironment>;
  /** Usernames and their level by the path of a group. */
  readonly groups: Map<string, ReadonlyMap<string, AccessLevel>>;
  /** What the project tells on paid tiers only. */
  paidFields: { readonly approvals_before_merge?: string; readonly requirements_enabled?: string };
  /** Approval rules of every merge request; undefined on the free tier. */
  approvalRules: readonly ApprovalRule[] | undefined;
  /** Usernames that asked for changes, by merge request. */
  readonly objections: Map<number, readonly string[]>;
  /** As GitLab was before it listed approvals with their times. */
  hidesApprovalTimes: boolean;
  /** Every quick action that a text made GitLab execute. */
  readonly executed: Executed[];
  readonly versions: (iid: number) => readonly Version[];
  readonly approvals: (iid: number) => readonly { readonly account: Account; readonly at: string }[];
  readonly addMember: (username: string, access: AccessLevel) => Account;
  readonly setAccess: (username: string, access: AccessLevel) => void;
  readonly block: (username: string) => void;
  readonly accessToken: (username: string, scope?: GitLabToken['scope']) => string;
  /** CI_JOB_TOKEN of a job that this member started. */
  readonly jobToken: (username: string) => string;
  readonly openRequest: (request: Omit<ProposalRequest, 'author'> & { readonly author: string }) => Proposal;
  readonly approve: (iid: number, username: string) => void;
  readonly unapprove: (iid: number, username: string) => void;
  readonly note: (iid: number, username: string, body: string) => Note;
  /** Merges as a project does: with a merge commit, squashed below one or alone, or rebased and fast-forwarded. */
  readonly merge: (iid: number, username: string, method?: MergeMethod | 'squash-only' | 'fast-forward') => string;
  readonly squashes: Map<number, { readonly squash: string; readonly merge: string | undefined }>;
  /** Executes the quick actions of a text and returns what is left of it. */
  readonly execute: (
    text: string,
    account: Account,
    on: { readonly kind: Note['on']; readonly iid: number } | undefined,
  ) => { readonly kept: string; readonly actions: readonly QuickAction[] };
}

export function createGitLabState(options: { readonly repository?: GitRepository } = {}): GitLabState {
  const repository = options.repository ?? createGitRepository();
  const clock = steppingClock('2026-03-02T09:00:00Z');
  let lastId = 2000;
  let lastRequest = 0;
  let lastIssue = 0;
  const nextId = (): number => ++lastId;
  const requests = keepProposals({ repository, clock, nextNumber: () => ++lastRequest });
  const members: GitLabState['members'] = new Map();
  const tokens: GitLabState['tokens'] = new Map();
  const notes: Note[] = [];
  const issues: GitLabIssue[] = [];
  const executed: Executed[] = [];
  const versionsOf = new Map<number, Version[]>();
  const approvalsOf = new Map<number, { account: Account; at: string }[]>();
  const squashes: GitLabState['squashes'] = new Map();

  function accountOf(username: string): Account {
    const found = members.get(username);
    if (found === undefined) throw new Error(`the test forge has no member ${username}`);
    return found.account;
  }
  /** GitLab learns of a push and makes a version of it before anything else happens to the merge request. */
  function versions(iid: number): readonly Version[] {
    const proposal = requests.get(iid);
    const known = versionsOf.get(iid) ?? [];
    const head = requests.head(iid);
    if (proposal !== undefined && known.at(-1)?.head !== head) {
      const base = repository.mergeBase(head, proposal.merged?.base ?? `refs/heads/${proposal.target}`) ?? '';
      known.push({ id: nextId(), head, base, at: clock() });
      versionsOf.set(iid, known);
    }
    return known;
  }
  function approve(iid: number, username: string): void {
    versions(iid);
    const account = accountOf(username);
    const others = (approvalsOf.get(iid) ?? []).filter((one) => one.account.id !== account.id);
    approvalsOf.set(iid, [...others, { account, at: clock() }]);
    addNote({ on: 'merge_request', iid, account, system: true, body: 'approved this merge request' });
  }
  function unapprove(iid: number, username: string): void {
    approvalsOf.set(
      iid,
      (approvalsOf.get(iid) ?? []).filter((one) => one.account.login !== username),
    );
    const account = accountOf(username);
    addNote({ on: 'merge_request', iid, account, system: true, body: 'unapproved this merge request' });
  }
  function addNote(note: Omit<Note, 'id' | 'at'>): Note {
    const stored: Note = { ...note, id: nextId(), at: clock() };
    notes.push(stored);
    return stored;
  }
  function merge(
    iid: number,
    username: string,
    method: MergeMethod | 'squash-only' | 'fast-forward' = 'merge',
  ): string {
    versions(iid);
    const by = accountOf(username);
    const proposal = requests.get(iid);
    if (proposal === undefined) throw new Error(`the test forge has no merge request ${iid}`);
    if (method === 'rebase') {
      // GitLab rebases the source branch itself, which is a push, and only then moves the target branch to it.
      const branch = requests.branchOf(proposal);
      repository.rebase({ branch, onto: `refs/heads/${proposal.target}`, by: personOf(by) });
      versions(iid);
      return requests.merge(iid, by, 'fast-forward').tip;
    }
    const merged = requests.merge(iid, by, method === 'squash-only' ? 'squash' : method);
    if (method === 'merge' || method === 'fast-forward') return merged.tip;
    if (method === 'squash-only') {
      squashes.set(iid, { squash: merged.tip, merge: undefined });
      return merged.tip;
    }
    const squash = merged.tip;
    repository.setBranch(proposal.target, merged.base);
    const [commit = ''] = repository.merge({
      branch: proposal.target,
      head: squash,
      method: 'merge',
      message: `Merge branch '${proposal.source}' into '${proposal.target}'`,
      by: personOf(by),
    });
    squashes.set(iid, { squash, merge: commit });
    return commit;
  }
  const execute: GitLabState['execute'] = (text, account, on) => {
    const { actions, kept } = readQuickActions(text);
    for (const one of actions) {
      executed.push({ ...one, by: account.login });
      if (on?.kind !== 'merge_request') continue;
      if (one.command === 'approve') approve(on.iid, account.login);
      if (one.command === 'unapprove') unapprove(on.iid, account.login);
      if (one.command === 'merge') merge(on.iid, account.login);
      if (one.command === 'close') requests.close(on.iid);
    }
    return { kept, actions };
  };
  function addToken(token: GitLabToken): string {
    const text = `${token.kind === 'job' ? 'glcbt-64' : 'glpat'}-${nextId()}`;
    tokens.set(text, token);
    return text;
  }
  return {
    repository,
    projectId: 42,
    path: 'acme/platform/shop',
    clock,
    nextId,
    nextIssue: () => ++lastIssue,
    requests,
    members,
    tokens,
    notes,
    issues,
    statuses: [],
    deployments: [],
    protectedBranches: [],
    protectedEnvironments: new Map(),
    executed,
    groups: new Map(),
    paidFields: {},
    approvalRules: undefined,
    objections: new Map(),
    hidesApprovalTimes: false,
    squashes,
    versions,
    approvals: (iid) => approvalsOf.get(iid) ?? [],
    approve,
    unapprove,
    execute,
    merge,
    addMember: (username, access) => {
      const bot = /^(project|group)_\d+_bot/.test(username);
      const account: Account = { id: nextId(), login: username, bot };
      members.set(username, { account, access, blocked: false });
      return account;
    },
    setAccess: (username, access) =>
      void members.set(username, { account: accountOf(username), access, blocked: false }),
    block: (username) => {
      const member = members.get(username);
      if (member !== undefined) member.blocked = true;
    },
    accessToken: (username, scope = 'api') => addToken({ account: accountOf(username), kind: 'access', scope }),
    jobToken: (username) => addToken({ account: accountOf(username), kind: 'job', scope: 'api' }),
    openRequest: (request) => {
      const proposal = requests.open({ ...request, author: accountOf(request.author) });
      versions(proposal.number);
      return proposal;
    },
    note: (iid, username, body) =>
      addNote({ on: 'merge_request', iid, account: accountOf(username), system: false, body }),
  };
}
