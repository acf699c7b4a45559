import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubServer, startGitHubServer } from '../../test/support/github-server.ts';
import type { Problem } from '../problem.ts';
import { ensureComment } from './ensure-comment.ts';
import type { Forge } from './forge.ts';
import { type ForgeOptions, openForge } from './open.ts';

let server: GitHubServer;
let pauses: number[];

beforeEach(async () => {
  server = await startGitHubServer();
  pauses = [];
  const { state } = server;
  state.repository.commit({ branch: 'main', files: { a: '1' }, message: 'Start' });
  state.addUser('ada', 'write');
  state.addUser('grace', 'maintain');
  state.addUser('visitor', 'read');
});

afterEach(async () => {
  try {
    server.verify();
  } finally {
    await server.close();
    server.state.repository[Symbol.dispose]();
  }
});

const workflowScopes = { pull_requests: 'write', issues: 'write' } as const;

function open(options: Partial<ForgeOptions> = {}): Promise<Forge> {
  return openForge({
    kind: 'github',
    apiUrl: server.apiUrl,
    project: server.project,
    token: server.state.workflowToken(workflowScopes),
    pause: async (milliseconds) => void pauses.push(milliseconds),
    now: () => Date.parse('2026-03-02T12:00:00Z'),
    ...options,
  });
}

function propose(branch = 'change', fork?: string): number {
  const { state } = server;
  const stored = fork === undefined ? branch : `forks/${fork}/${branch}`;
  state.repository.commit({ branch: stored, from: 'main', files: { [branch]: '1' }, message: 'Change' });
  return state.openPull({ author: 'ada', source: branch, ...(fork === undefined ? {} : { fork }) }).number;
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  return promise.then(
    () => {
      throw new Error('this should have been refused');
    },
    (error: Problem) => error,
  );
}

describe('whose token it is', () => {
  test('a person’s token tells by REST', async () => {
    const forge = await open({ token: server.state.personalToken('ada') });
    expect((await forge.self()).name).toBe('ada');
  });

  test.each(['apiUrl', 'enterpriseUrl'] as const)(
    'a workflow’s token tells by GraphQL only, at the %s',
    async (address) => {
      const forge = await open({ apiUrl: server[address] });
      expect(await forge.self()).toEqual({ id: '41898282', name: 'github-actions[bot]' });
      expect(await forge.self()).toEqual({ id: '41898282', name: 'github-actions[bot]' });
      expect(server.requests.map((one) => `${one.method} ${one.path}`)).toEqual(['GET /user', 'POST /graphql']);
    },
  );
});

test('our comments are found by name where GitHub does not tell our number', async () => {
  const number = propose();
  const forge = await open();
  server.fault({
    path: /graphql$/,
    answer: { status: 200, body: { data: { viewer: { databaseId: null, login: 'github-actions[bot]' } } } },
  });
  await ensureComment(forge, number, '[m]', '[m]');
  server.state.comment(number, 'ada', '[m] not ours');
  expect(await forge.ownComments(number)).toHaveLength(1);
});

describe('reviews', () => {
  test('the latest opinion of each reviewer wins, and a comment is no opinion', async () => {
    const number = propose();
    server.state.review(number, 'grace', 'APPROVED');
    server.state.review(number, 'visitor', 'CHANGES_REQUESTED');
    server.state.review(number, 'grace', 'CHANGES_REQUESTED');
    server.state.review(number, 'grace', 'COMMENTED');
    server.state.review(number, 'visitor', 'APPROVED');
    const verdicts = (await (await open()).reviews(number)).map((one) => `${one.user.name} ${one.verdict}`);
    expect(verdicts.sort()).toEqual(['grace changes-requested', 'visitor approved']);
  });

  test('a dismissed approval does not fall back to an earlier one', async () => {
    const number = propose();
    server.state.review(number, 'grace', 'APPROVED');
    server.state.dismiss(server.state.review(number, 'grace', 'APPROVED').id);
    expect(await (await open()).reviews(number)).toMatchObject([{ verdict: 'dismissed' }]);
  });

  test('an approval by somebody who may only read says so', async () => {
    const number = propose();
    server.state.review(number, 'visitor', 'APPROVED');
    server.state.review(number, 'grace', 'APPROVED');
    const reviews = await (await open()).reviews(number);
    expect(reviews.map((one) => [one.user.name, one.mayWrite])).toEqual([
      ['visitor', false],
      ['grace', true],
    ]);
  });

  test.each(['none', 'triage'] as const)(
    'a right that was taken back to %s is taken back from old approvals too',
    async (now) => {
      const number = propose();
      server.state.review(number, 'grace', 'APPROVED');
      server.state.setPermission('grace', now);
      expect((await (await open()).reviews(number))[0]?.mayWrite).toBe(false);
    },
  );

  test('a right that cannot be read is unknown, not granted', async () => {
    const number = propose();
    server.state.review(number, 'grace', 'APPROVED');
    server.fault({ path: /permission$/, answer: { status: 403, body: { message: 'Resource not accessible' } } });
    expect((await (await open()).reviews(number))[0]?.mayWrite).toBeUndefined();
  });

  test('an app that approves is a bot', async () => {
    const number = propose();
    server.state.addUser('helpful-app[bot]', 'write');
    server.state.review(number, 'helpful-app[bot]', 'APPROVED');
    expect(await (await open()).reviews(number)).toMatchObject([{ bot: true, mayWrite: true }]);
  });

  test('an opinion on the second page counts', async () => {
    const number = propose();
    server.state.review(number, 'grace', 'APPROVED');
    for (let count = 0; count < 100; count++) server.state.review(number, 'visitor', 'COMMENTED');
    server.state.review(number, 'grace', 'CHANGES_REQUESTED');
    expect(await (await open()).reviews(number)).toMatchObject([{ verdict: 'changes-requested' }]);
  });
});

test('a pull request from a fork is one, though its branch has the same name as ours', async () => {
  propose('change');
  const forge = await open();
  const number = propose('change', 'mallory');
  expect(await forge.mergeRequest(number)).toMatchObject({ fork: true, sourceBranch: 'change' });
});

test('the trial merge of an open pull request is not its merge commit', async () => {
  const number = propose();
  expect((await (await open()).mergeRequest(number)).mergeCommit).toBeUndefined();
});

test('the strictest of the rules for a branch counts, and no rule is unknown rather than none', async () => {
  server.state.protection.set('main', { approvals: 2, dismissStale: true, codeOwners: false, lastPush: false });
  const forge = await open();
  expect(await forge.branchRules('main')).toEqual({
    isProtected: true,
    mergeRequestRequired: true,
    approvals: 2,
    dismissesStale: true,
    codeOwners: false,
  });
  expect(await forge.branchRules('release/1.0')).toBeUndefined();
});

describe('what a token lacks', () => {
  test('a workflow without pull-requests: write is told so, by the comment’s outcome', async () => {
    const number = propose();
    const forge = await open({ token: server.state.workflowToken({ pull_requests: 'read' }) });
    const outcome = await ensureComment(forge, number, '[m]', '[m]');
    expect(outcome).toMatchObject({ did: 'failed', problem: { reason: 'forbidden' } });
    if (outcome.did === 'failed') {
      expect(outcome.problem.message).toContain(`commenting on #${number}`);
      expect(outcome.problem.hint).toContain('pull-requests: write');
    }
  });

  test('an expired token is unauthenticated, and its text is in no message', async () => {
    const problem = await problemOf((await open({ token: 'ghp_expired' })).mergeRequest(1));
    expect(problem.reason).toBe('unauthenticated');
    expect(`${problem.message} ${problem.hint}`).not.toContain('ghp_expired');
  });

  test('a pull request that is not there may as well be hidden', async () => {
    const problem = await problemOf((await open()).mergeRequest(99));
    expect(problem).toMatchObject({ reason: 'forbidden', message: expect.stringContaining('#99') });
  });

  test('no token at all is refused before anything is sent', async () => {
    expect(await problemOf(open({ token: undefined }))).toMatchObject({ reason: 'unauthenticated' });
    expect(server.requests).toEqual([]);
  });
});

describe('a forge that has a bad day', () => {
  test('Retry-After is obeyed, for a post too, because a refusal for want of quota did nothing', async () => {
    const number = propose();
    const forge = await open();
    server.fault({ method: 'POST', path: /comments$/, answer: { status: 429, headers: { 'retry-after': '7' } } });
    await forge.createComment(number, 'hello');
    expect(pauses).toEqual([7000]);
    expect(server.state.comments).toHaveLength(1);
  });

  test('a used-up quota is waited for until its reset', async () => {
    const number = propose();
    const reset = String(Date.parse('2026-03-02T12:00:30Z') / 1000);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    server.fault({ path: /pulls/, answer: { status: 403, headers, body: { message: 'API rate limit exceeded' } } });
    expect((await (await open()).mergeRequest(number)).number).toBe(number);
    expect(pauses).toEqual([31_000]);
  });

  test('a secondary limit without a time is given a minute', async () => {
    const number = propose();
    const body = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' };
    server.fault({ method: 'POST', path: /comments$/, answer: { status: 403, body } });
    await (await open()).createComment(number, 'hello');
    expect(pauses).toEqual([60_000]);
  });

  test('a wait longer than the budget is not begun', async () => {
    const number = propose();
    server.fault({ path: /pulls/, answer: { status: 429, headers: { 'retry-after': '3600' } } });
    const problem = await problemOf((await open()).mergeRequest(number));
    expect(problem).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('3600 s') });
    expect(pauses).toEqual([]);
  });

  test('the budget is for all requests together', async () => {
    const number = propose();
    const forge = await open({ retryBudgetMs: 100_000 });
    server.fault({ path: /pulls/, times: 2, answer: { status: 429, headers: { 'retry-after': '60' } } });
    expect((await problemOf(forge.mergeRequest(number))).reason).toBe('unreachable');
    expect(pauses).toEqual([60_000]);
  });

  test.each([500, 502, 503, 504])('reading is tried again after %i', async (status) => {
    const number = propose();
    server.fault({ path: /pulls/, times: 2, answer: { status, body: { message: 'Oops' } } });
    expect((await (await open()).mergeRequest(number)).number).toBe(number);
    expect(pauses).toHaveLength(2);
  });

  test('a plain 403 is final', async () => {
    const number = propose();
    server.fault({ path: /pulls/, answer: { status: 403, body: { message: 'Blocked' } } });
    expect((await problemOf((await open()).mergeRequest(number))).reason).toBe('forbidden');
    expect(pauses).toEqual([]);
  });

  test('a server that never recovers is unreachable after five tries', async () => {
    server.fault({ path: /pulls/, times: 5, answer: { status: 502 } });
    const problem = await problemOf((await open()).mergeRequest(1));
    expect(problem).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('keeps answering 502') });
    expect(pauses).toHaveLength(4);
  });

  test('a server that did not recover is not waited for again in the same run', async () => {
    const forge = await open();
    server.fault({ path: /pulls/, times: 6, answer: { status: 502 } });
    await problemOf(forge.mergeRequest(1));
    await problemOf(forge.mergeRequest(1));
    expect(pauses).toHaveLength(4);
  });

  test('a post whose answer was lost is not repeated, and the next run makes no second comment', async () => {
    const number = propose();
    const forge = await open();
    server.fault({ method: 'POST', path: /comments$/, answer: 'lost' });
    const outcome = await ensureComment(forge, number, '[m]', '[m] plan');
    expect(outcome).toMatchObject({ did: 'failed', problem: { message: expect.stringContaining('not known') } });
    expect(await ensureComment(forge, number, '[m]', '[m] plan')).toMatchObject({ did: 'unchanged' });
    expect(server.state.comments).toHaveLength(1);
  });

  test('a connection that breaks while reading is tried again', async () => {
    const number = propose();
    server.fault({ path: /pulls/, answer: 'reset' });
    expect((await (await open()).mergeRequest(number)).number).toBe(number);
  });

  test('a server that does not answer is given up after the deadline', async () => {
    server.fault({ path: /pulls/, times: 5, answer: 'hang' });
    const problem = await problemOf((await open({ timeoutMs: 50 })).mergeRequest(1));
    expect(problem).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('ETIMEDOUT') });
  });

  test('nobody at the address is unreachable', async () => {
    const problem = await problemOf((await open({ apiUrl: 'http://127.0.0.1:1' })).mergeRequest(1));
    expect(problem).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('ECONNREFUSED') });
  });
});

test('a project that is not owner/name is a mistake of the caller', async () => {
  expect(await problemOf(open({ project: 'shop' }))).toMatchObject({ reason: 'usage' });
});

test('a public repository has every feature of its plan, the plan of a private one is not told', async () => {
  const forge = await open();
  expect(await forge.plan()).toBe('github-free-public');
  server.state.private = true;
  expect(await forge.plan()).toBeUndefined();
});
