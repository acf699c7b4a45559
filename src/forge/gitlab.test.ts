import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitLabServer, startGitLabServer } from '../../test/support/gitlab-server.ts';
import type { Problem } from '../problem.ts';
import { ensureComment } from './ensure-comment.ts';
import type { Forge } from './forge.ts';
import { type ForgeOptions, openForge } from './open.ts';

let server: GitLabServer;
let pauses: number[];

beforeEach(async () => {
  server = await startGitLabServer();
  pauses = [];
  const { state } = server;
  state.repository.commit({ branch: 'main', files: { a: '1' }, message: 'Start' });
  state.addMember('project_42_bot_3f', 30);
  state.addMember('ada', 30);
  state.addMember('grace', 40);
  state.addMember('visitor', 20);
});

afterEach(async () => {
  try {
    server.verify();
  } finally {
    await server.close();
    server.state.repository[Symbol.dispose]();
  }
});

function open(options: Partial<ForgeOptions> = {}): Promise<Forge> {
  return openForge({
    kind: 'gitlab',
    apiUrl: server.apiUrl,
    project: server.project,
    token: server.state.accessToken('project_42_bot_3f'),
    pause: async (milliseconds) => void pauses.push(milliseconds),
    ...options,
  });
}

function propose(branch = 'change'): number {
  server.state.repository.commit({ branch, from: 'main', files: { [branch]: '1' }, message: 'Change' });
  return server.state.openRequest({ author: 'ada', source: branch }).number;
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  return promise.then(
    () => {
      throw new Error('this should have been refused');
    },
    (error: Problem) => error,
  );
}

describe('approvals', () => {
  test('each is given to the head that stood at its time', async () => {
    const { state } = server;
    const number = propose();
    const first = state.repository.resolve('change');
    state.approve(number, 'grace');
    const second = state.repository.commit({ branch: 'change', files: { b: '2' }, message: 'More' });
    state.approve(number, 'visitor');
    const reviews = await (await open()).reviews(number);
    expect(reviews.map((one) => [one.user.name, one.commit])).toEqual([
      ['grace', first],
      ['visitor', second],
    ]);
  });

  test('more versions than fit on a page are all looked at', async () => {
    const { state } = server;
    const number = propose();
    const first = state.repository.resolve('change');
    state.approve(number, 'grace');
    for (let count = 0; count < 101; count++) {
      state.repository.commit({ branch: 'change', files: { count: String(count) }, message: `Push ${count}` });
      state.versions(number);
    }
    expect((await (await open()).reviews(number))[0]?.commit).toBe(first);
  });

  test('on a GitLab that lists them without times, the system’s notes tell the head', async () => {
    const { state } = server;
    const number = propose();
    state.hidesApprovalTimes = true;
    state.approve(number, 'grace');
    state.approve(number, 'visitor');
    state.unapprove(number, 'visitor');
    const second = state.repository.commit({ branch: 'change', files: { b: '2' }, message: 'More' });
    state.approve(number, 'visitor');
    state.note(number, 'grace', 'approved this merge request');
    const reviews = await (await open()).reviews(number);
    expect(reviews.map((one) => [one.user.name, one.commit])).toEqual([
      ['grace', state.versions(number)[0]?.head],
      ['visitor', second],
    ]);
  });

  test('without a time nobody knows what was approved', async () => {
    const number = propose();
    const body = { approved: true, approved_by: [{ user: { id: 1, username: 'grace' } }] };
    server.fault({ path: /approvals$/, answer: { status: 200, body } });
    const [review] = await (await open()).reviews(number);
    expect(review).toMatchObject({ verdict: 'approved', commit: undefined, at: undefined, mayWrite: false });
  });

  test('one at the very moment of a push is not taken to have seen it', async () => {
    const number = propose();
    const at = server.state.versions(number)[0]?.at;
    const body = { approved: true, approved_by: [{ user: { id: 1, username: 'grace' }, approved_at: at }] };
    server.fault({ path: /approvals$/, answer: { status: 200, body } });
    expect((await (await open()).reviews(number))[0]?.commit).toBeUndefined();
  });

  test('one that was withdrawn is gone', async () => {
    const number = propose();
    server.state.approve(number, 'grace');
    server.state.unapprove(number, 'grace');
    expect(await (await open()).reviews(number)).toEqual([]);
  });

  test('by a reporter, a blocked and a former member none is a writer’s', async () => {
    const { state } = server;
    const number = propose();
    state.addMember('former', 30);
    state.addMember('gone', 40);
    for (const name of ['visitor', 'former', 'gone', 'grace']) state.approve(number, name);
    state.block('gone');
    state.setAccess('former', 0);
    const reviews = await (await open()).reviews(number);
    expect(reviews.map((one) => [one.user.name, one.mayWrite])).toEqual([
      ['visitor', false],
      ['former', false],
      ['gone', false],
      ['grace', true],
    ]);
  });

  test('the level from which on somebody is a writer can be raised', async () => {
    const number = propose();
    server.state.addMember('developer', 30);
    for (const name of ['developer', 'grace']) server.state.approve(number, name);
    const reviews = await (await open({ writerLevel: 40 })).reviews(number);
    expect(reviews.map((one) => one.mayWrite)).toEqual([false, true]);
  });

  test('a right that cannot be read is unknown, not granted', async () => {
    const number = propose();
    server.state.approve(number, 'grace');
    server.fault({ path: /members/, answer: { status: 403, body: { message: '403 Forbidden' } } });
    expect((await (await open()).reviews(number))[0]?.mayWrite).toBeUndefined();
  });

  test('a project’s own token that approves is a bot', async () => {
    const number = propose();
    server.state.approve(number, 'project_42_bot_3f');
    expect(await (await open()).reviews(number)).toMatchObject([{ bot: true }]);
  });
});

describe('what a merge leaves', () => {
  test('a squash without merge commit is the merge', async () => {
    const number = propose();
    const commit = server.state.merge(number, 'grace', 'squash-only');
    expect(await (await open()).mergeRequestsOfCommit(commit, 'main')).toMatchObject([{ number, mergeCommit: commit }]);
  });

  test('the squashed commit below a merge commit leads to the same merge request', async () => {
    const number = propose();
    const merge = server.state.merge(number, 'grace', 'squash');
    const squash = server.state.squashes.get(number)?.squash ?? '';
    expect(squash).not.toBe(merge);
    for (const commit of [merge, squash]) {
      expect(await (await open()).mergeRequestsOfCommit(commit, 'main')).toMatchObject([
        { number, mergeCommit: merge },
      ]);
    }
  });

  test('an earlier commit of a fast-forwarded branch leads to its merge request too', async () => {
    const number = propose();
    const early = server.state.repository.resolve('change') ?? '';
    server.state.repository.commit({ branch: 'change', files: { b: '2' }, message: 'Tip' });
    server.state.requests.merge(number, { id: 1, login: 'grace', bot: false }, 'fast-forward');
    const found = await (await open()).mergeRequestsOfCommit(early, 'main');
    expect(found).toMatchObject([{ number, mergeCommit: server.state.repository.resolve('change') }]);
  });
});

describe('the token of a job', () => {
  test('reads merge requests and comments, and finds them by commit', async () => {
    const number = propose();
    const forge = await open({ token: undefined, jobToken: server.state.jobToken('ada') });
    expect((await forge.mergeRequest(number)).number).toBe(number);
    const commit = server.state.merge(number, 'grace');
    expect(await forge.mergeRequestsOfCommit(commit, 'main')).toHaveLength(1);
  });

  test('records deployments', async () => {
    const commit = server.state.repository.resolve('main') ?? '';
    const forge = await open({ token: undefined, jobToken: server.state.jobToken('ada') });
    const deployment = { commit, ref: 'main', environment: 'production', description: '' };
    const id = (await forge.deployments?.create(deployment)) ?? '';
    await forge.deployments?.finish(id, { state: 'failure', description: '', url: undefined });
    expect(server.state.deployments).toMatchObject([{ status: 'failed', environment: 'production' }]);
  });

  test('cannot comment or read approvals: nothing is sent, and the token that is needed is named', async () => {
    const number = propose();
    const forge = await open({ token: undefined, jobToken: server.state.jobToken('ada') });
    const outcome = await ensureComment(forge, number, '[m]', '[m]');
    expect(outcome).toMatchObject({ did: 'failed', problem: { reason: 'forbidden' } });
    const problem = await problemOf(forge.createComment(number, 'x'));
    expect(`${problem.message} ${problem.hint}`).toMatch(
      /CI_JOB_TOKEN.*project access token with scope api and the role Developer/,
    );
    expect((await problemOf(forge.reviews(number))).hint).toContain('read_api');
    expect(server.requests).toEqual([]);
  });

  test('is not used where a token of people’s making is there', async () => {
    const number = propose();
    const forge = await open({ jobToken: server.state.jobToken('ada') });
    await forge.createComment(number, 'hello');
    expect(server.state.notes.map((one) => one.account.login)).toEqual(['project_42_bot_3f']);
    expect(server.requests.some((one) => one.headers['job-token'] !== undefined)).toBe(false);
  });
});

describe('what a token lacks', () => {
  test('a token that may only read is told the scope for writing', async () => {
    const number = propose();
    const problem = await problemOf(
      (await open({ token: server.state.accessToken('project_42_bot_3f', 'read_api') })).createComment(number, 'x'),
    );
    expect(problem).toMatchObject({ reason: 'forbidden', hint: expect.stringContaining('scope api') });
  });

  test('an expired token is unauthenticated, and its text is in no message', async () => {
    const problem = await problemOf((await open({ token: 'glpat-expired' })).mergeRequest(1));
    expect(problem.reason).toBe('unauthenticated');
    expect(`${problem.message} ${problem.hint}`).not.toContain('glpat-expired');
  });

  test('no token at all is refused before anything is sent', async () => {
    const problem = await problemOf((await open({ token: undefined })).mergeRequest(1));
    expect(problem.reason).toBe('unauthenticated');
    expect(server.requests).toEqual([]);
  });

  test('a page of HTML where the API was expected is not taken for an answer', async () => {
    server.fault({ path: /merge_requests/, answer: { status: 200, body: '<html>Please sign in</html>' } });
    expect(await problemOf((await open()).mergeRequest(1))).toMatchObject({
      reason: 'unreachable',
      hint: expect.stringContaining('/api/v4'),
    });
  });
});

describe('lists', () => {
  test('a page that filtering left short is not the last', async () => {
    const { state } = server;
    const number = propose();
    const forge = await open();
    for (let count = 0; count < 110; count++) state.approve(number, 'grace');
    await forge.createComment(number, '[m]');
    expect(await forge.ownComments(number)).toMatchObject([{ body: '[m]' }]);
  });

  test('where a proxy dropped the paging headers, a full page asks for one more', async () => {
    const number = propose();
    const note = (id: number) => ({ id, body: `note ${id}`, system: false, author: { id: 1, username: 'x' } });
    const page = Array.from({ length: 100 }, (_, index) => note(index));
    server.fault({ path: /notes$/, answer: { status: 200, body: page } });
    server.fault({ path: /notes$/, answer: { status: 200, body: [] } });
    expect(await (await open()).ownComments(number)).toEqual([]);
    const pages = server.requests.filter((one) => one.path.endsWith('notes')).map((one) => one.query);
    expect(pages.map((query) => new URLSearchParams(query).get('page'))).toEqual([null, '2']);
  });

  test('of a Link only the parameters are used: a host it names gets no token', async () => {
    const number = propose();
    const headers = { link: '<https://elsewhere.test/api/v4/x?page=2&per_page=100>; rel="next"' };
    server.fault({ path: /commits$/, answer: { status: 200, body: [], headers } });
    expect((await (await open()).contributors(number)).people).toEqual([]);
    const [first, second] = server.requests.map((one) => one.path);
    expect(first).toBe(second);
  });
});

describe('protected branches', () => {
  test('one that nobody may push to changes only by merge requests, by name or by pattern', async () => {
    server.state.protectedBranches.push(
      { name: 'main', push: 0, codeOwners: true },
      { name: 'release/*', push: 40, codeOwners: false },
    );
    const forge = await open();
    expect(await forge.branchRules('main')).toMatchObject({ mergeRequestRequired: true, codeOwners: true });
    expect(await forge.branchRules('release/1.0')).toMatchObject({ mergeRequestRequired: false });
    expect(await forge.branchRules('mainly')).toMatchObject({ isProtected: false, codeOwners: false });
  });

  test('rules that may not be seen are unknown', async () => {
    const forge = await open({ token: server.state.accessToken('visitor') });
    expect(await forge.branchRules('main')).toBeUndefined();
  });
});

describe('quick actions: the forge carries out what our texts contain, so the tests of the report can tell', () => {
  test('a command on a line of its own acts, on creating and on updating', async () => {
    const number = propose();
    const forge = await open();
    const note = await forge.createComment(number, 'The plan\n/approve\nends here');
    expect(note.body).toBe('The plan\n\nends here');
    expect(server.state.approvals(number).map((one) => one.account.login)).toEqual(['project_42_bot_3f']);
    await forge.updateComment(number, note.id, 'The plan\n/unapprove');
    expect(server.state.approvals(number)).toEqual([]);
    expect(server.state.executed.map((one) => one.command)).toEqual(['approve', 'unapprove']);
  });

  test.each([
    ['a fence of four backticks', '````\n/merge\n````', ['merge']],
    ['a fence of tildes', '~~~\n/merge\n~~~', ['merge']],
    ['a fence of three backticks', '```diff\n/merge\n```', []],
    ['three backticks that hostile text closes early', '```\n x\n```\n/merge\n```', ['merge']],
    ['a diff sign before it', '+/merge', []],
    ['an indent', '  /merge', []],
    ['another case', '/MERGE', ['merge']],
  ])('within %s, GitLab reads %j as %j', async (_what, text, commands) => {
    const number = propose();
    const forge = await open();
    await forge.createComment(number, `plan\n${text}\nend`);
    expect(server.state.executed.map((one) => one.command)).toEqual(commands);
  });

  test('a text of commands only makes no comment, and that is said', async () => {
    const problem = await problemOf((await open()).createComment(propose(), '/close'));
    expect(problem).toMatchObject({ reason: 'rejected', message: expect.stringContaining('quick actions') });
  });

  test('descriptions of issues act too', async () => {
    const forge = await open();
    await forge.issues?.create({ title: 'Drift', body: 'found\n/confidential', label: 'drift' });
    expect(server.state.executed).toMatchObject([{ command: 'confidential' }]);
  });
});

test('a quota is waited for, as GitLab announces it', async () => {
  const number = propose();
  server.fault({ method: 'POST', path: /notes$/, answer: { status: 429, headers: { 'retry-after': '3' } } });
  await (await open()).createComment(number, 'hello');
  expect(pauses).toEqual([3000]);
});

test('a status that cannot become what it is already is fine, and any other refusal is not', async () => {
  const commit = server.state.repository.resolve('main') ?? '';
  const forge = await open();
  const status = { commit, name: 'pushgate', state: 'pending', description: 'planning', url: undefined } as const;
  await forge.commitStatus?.(status);
  await forge.commitStatus?.(status);
  await forge.commitStatus?.({ ...status, state: 'failure' });
  expect(server.state.statuses).toMatchObject([{ status: 'failed' }]);
  server.fault({ path: /statuses/, method: 'POST', answer: { status: 400, body: { message: 'ref is missing' } } });
  expect(await problemOf(forge.commitStatus?.(status) as Promise<void>)).toMatchObject({ reason: 'rejected' });
});

describe('what only newer or paid GitLabs tell', () => {
  test('whoever asks for changes stands against it, whether they approved before or not', async () => {
    const { state } = server;
    const number = propose();
    state.approve(number, 'grace');
    state.objections.set(number, ['grace']);
    expect(await (await open()).reviews(number)).toMatchObject([
      { user: { name: 'grace' }, verdict: 'changes-requested', mayWrite: true },
    ]);
  });

  test('approval rules name who was counted for them; the free tier has none', async () => {
    const { state } = server;
    const number = propose();
    const forge = await open();
    expect(await forge.approvalRules?.(number)).toBeUndefined();
    state.approvalRules = [
      { name: 'Security', needed: 2, eligible: ['grace'] },
      { name: 'Nobody left', needed: 1, eligible: [] },
    ];
    state.approve(number, 'grace');
    expect(await forge.approvalRules?.(number)).toEqual([
      { name: 'Security', needed: 2, approvedBy: ['grace'] },
      { name: 'Nobody left', needed: 1, approvedBy: [] },
    ]);
  });

  test('the plan shows in what the project tells of itself', async () => {
    const forge = await open();
    expect(await forge.plan()).toBe('gitlab-free-self-managed');
    server.state.paidFields = { approvals_before_merge: '0' };
    expect(await forge.plan()).toBe('gitlab-premium');
    server.state.paidFields = { approvals_before_merge: '0', requirements_enabled: 'true' };
    expect(await forge.plan()).toBe('gitlab-ultimate');
  });

  test('a role as code owner is its direct members, no others', async () => {
    server.state.setAccess('grace', 40);
    expect(await (await open()).membersOf('@@maintainer')).toEqual(['grace']);
  });
});
