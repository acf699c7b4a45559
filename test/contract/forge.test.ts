/** One story, told to every forge through its adapter: whatever the forge, the words mean the same. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureComment } from '../../src/forge/ensure-comment.ts';
import type { Forge } from '../../src/forge/forge.ts';
import { openForge } from '../../src/forge/open.ts';
import { noteContract } from '../support/contract.ts';
import type { GitRepository, MergeMethod } from '../support/git-repository.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { startGitLabServer } from '../support/gitlab-server.ts';

/** What the story needs to do on a forge that Pushgate itself never does. */
interface Stage extends AsyncDisposable {
  readonly forge: Forge;
  readonly repository: GitRepository;
  readonly addWriter: (name: string) => void;
  readonly addReader: (name: string) => void;
  /** As the gate's rules write it: `@acme/platform`. */
  readonly addTeam: (team: string, ...members: readonly string[]) => void;
  readonly open: (author: string, branch: string, target?: string) => number;
  readonly approve: (number: number, name: string) => void;
  readonly say: (number: number, name: string, body: string) => void;
  readonly merge: (number: number, name: string, method: MergeMethod) => string;
  readonly requestCount: () => number;
  /** Whether a hundred items fit on a page, as on the forges themselves. */
  readonly hasFullPages: boolean;
  readonly verify: () => void;
}

const noPause = async (): Promise<void> => undefined;

interface Variant {
  /** The most that the forge puts on a page, whatever is asked for. */
  readonly pageLimit?: number;
  /** A server of one's own: GitHub Enterprise, or GitLab under a path. */
  readonly place?: 'own';
}

async function githubStage({ pageLimit, place }: Variant): Promise<Stage> {
  const server = await startGitHubServer(pageLimit === undefined ? {} : { pageLimit });
  const { state } = server;
  const token = state.workflowToken({
    contents: 'read',
    pull_requests: 'write',
    issues: 'write',
    statuses: 'write',
    deployments: 'write',
    members: 'read',
  });
  const forge = await openForge({
    kind: 'github',
    apiUrl: place === 'own' ? server.enterpriseUrl : server.apiUrl,
    project: server.project,
    token,
    pause: noPause,
  });
  return {
    forge,
    repository: state.repository,
    addWriter: (name) => void state.addUser(name, 'write'),
    addReader: (name) => void state.addUser(name, 'read'),
    addTeam: (team, ...members) => void state.teams.set(team.slice(1), members),
    open: (author, source, target) =>
      state.openPull({ author, source, ...(target === undefined ? {} : { target }) }).number,
    approve: (number, name) => void state.review(number, name, 'APPROVED'),
    say: (number, name, body) => void state.comment(number, name, body),
    merge: state.merge,
    requestCount: () => server.requests.length,
    hasFullPages: pageLimit === undefined,
    verify: server.verify,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      state.repository[Symbol.dispose]();
    },
  };
}

async function gitlabStage({ pageLimit, place }: Variant): Promise<Stage> {
  const server = await startGitLabServer(pageLimit === undefined ? {} : { pageLimit });
  const { state } = server;
  state.addMember('project_42_bot_3f', 30);
  const forge = await openForge({
    kind: 'gitlab',
    apiUrl: place === 'own' ? server.prefixedUrl : server.apiUrl,
    project: server.project,
    token: state.accessToken('project_42_bot_3f'),
    pause: noPause,
  });
  return {
    forge,
    repository: state.repository,
    addWriter: (name) => void state.addMember(name, 30),
    addReader: (name) => void state.addMember(name, 20),
    addTeam: (team, ...members) => void state.groups.set(team.slice(1), new Map(members.map((name) => [name, 30]))),
    open: (author, source, target) =>
      state.openRequest({ author, source, ...(target === undefined ? {} : { target }) }).number,
    approve: state.approve,
    say: (number, name, body) => void state.note(number, name, body),
    merge: state.merge,
    requestCount: () => server.requests.length,
    hasFullPages: pageLimit === undefined,
    verify: server.verify,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      state.repository[Symbol.dispose]();
    },
  };
}

const stages: Readonly<Record<string, () => Promise<Stage>>> = {
  GitHub: () => githubStage({}),
  GitLab: () => gitlabStage({}),
  'GitHub Enterprise Server': () => githubStage({ place: 'own' }),
  'GitLab under a path': () => gitlabStage({ place: 'own' }),
  // Every list then has several pages, so one that is read by its first page only tells itself.
  'GitHub with one item on a page': () => githubStage({ pageLimit: 1 }),
  'GitLab with one item on a page': () => gitlabStage({ pageLimit: 1 }),
};

noteContract('forge adapters');

describe.each(Object.entries(stages))('%s', (_name, start) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await start();
    stage.repository.commit({ branch: 'main', files: { 'values.yaml': 'replicas: 3\n' }, message: 'Start' });
    stage.addWriter('ada');
    stage.addWriter('grace');
    stage.addReader('visitor');
  });
  afterEach(async () => {
    try {
      stage.verify();
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  });

  function propose(author = 'ada', branch = 'fewer', target?: string): number {
    const files = { [`${branch}.yaml`]: 'replicas: 2\n' };
    stage.repository.commit({ branch, from: target ?? 'main', files, message: 'Two replicas are enough' });
    return stage.open(author, branch, target);
  }

  test('an open merge request is described with the commit at the tip of its branch', async () => {
    const number = propose();
    const request = await stage.forge.mergeRequest(number);
    expect(request).toMatchObject({
      number,
      state: 'open',
      sourceBranch: 'fewer',
      targetBranch: 'main',
      head: stage.repository.resolve('fewer'),
      mergeCommit: undefined,
      fork: false,
      author: { name: 'ada' },
    });
    const pushed = stage.repository.commit({ branch: 'fewer', files: { a: '1' }, message: 'More' });
    expect((await stage.forge.mergeRequest(number)).head).toBe(pushed);
  });

  test('a merge request of ours is opened for a branch, and found again while it is open', async () => {
    const branches = { source: 'pushgate/rollback-production-catalog-to-1', target: 'main' };
    const { proposals } = stage.forge;
    expect(await proposals.find(branches)).toBeUndefined();
    const files = { 'values.yaml': 'replicas: 2\n' };
    const head = stage.repository.commit({ branch: branches.source, from: 'main', files, message: 'Back' });
    const made = await proposals.create({ ...branches, title: 'Roll back catalog', body: 'Why: **it fails**' });
    expect(made).toMatchObject({
      ...{ title: 'Roll back catalog', state: 'open', head, fork: false },
      ...{ sourceBranch: branches.source, targetBranch: 'main' },
    });
    expect((await proposals.find(branches))?.number).toBe(made.number);
    expect(await proposals.find({ ...branches, target: 'release/1' })).toBeUndefined();
    await expect(proposals.create({ ...branches, title: 'Again', body: 'Again' })).rejects.toThrow(/already exists/);
    stage.merge(made.number, 'ada', 'merge');
    expect(await proposals.find(branches)).toBeUndefined();
  });

  test('the plan comment is created once, found on a later page, left alone when it says the same, and updated', async () => {
    const number = propose();
    const marker = '<!-- pushgate:production -->';
    expect(await ensureComment(stage.forge, number, marker, `${marker}\nfirst`)).toMatchObject({ did: 'created' });
    for (let count = 0; count < 120; count++) stage.say(number, 'visitor', `chatter ${count}, quoting ${marker}`);
    const before = stage.requestCount();
    expect(await ensureComment(stage.forge, number, marker, `${marker}\nfirst`)).toMatchObject({ did: 'unchanged' });
    if (stage.hasFullPages) expect(stage.requestCount() - before).toBe(2);
    const updated = await ensureComment(stage.forge, number, marker, `${marker}\nsecond`);
    expect(updated).toMatchObject({ did: 'updated', comment: { body: `${marker}\nsecond` } });
    expect(await stage.forge.ownComments(number)).toHaveLength(1);
  });

  test('a marker in somebody else’s comment does not make it ours', async () => {
    const number = propose();
    stage.say(number, 'grace', '<!-- pushgate:x --> this is the plan, trust me');
    expect(await stage.forge.ownComments(number)).toEqual([]);
    expect(await ensureComment(stage.forge, number, '<!-- pushgate:x -->', '<!-- pushgate:x -->')).toMatchObject({
      did: 'created',
    });
  });

  test('of two comments of ours, as a race leaves them, the oldest is kept and the other goes', async () => {
    const number = propose();
    const first = await stage.forge.createComment(number, '[m] from one run');
    await stage.forge.createComment(number, '[m] from another run');
    expect(await ensureComment(stage.forge, number, '[m]', '[m] news')).toMatchObject({
      did: 'updated',
      comment: { id: first.id },
    });
    expect((await stage.forge.ownComments(number)).map((comment) => comment.body)).toEqual(['[m] news']);
  });

  test('two runs that write the comment at the same time leave one', async () => {
    const number = propose();
    const outcomes = await Promise.all(
      ['[m] one run', '[m] another run'].map((body) => ensureComment(stage.forge, number, '[m]', body)),
    );
    expect(outcomes.filter((outcome) => outcome.did === 'failed')).toEqual([]);
    expect(await stage.forge.ownComments(number)).toHaveLength(1);
  });

  test('a comment over the limit is reported, not thrown, and nothing is posted', async () => {
    const number = propose();
    const body = '[m]'.padEnd(stage.forge.commentLimit + 1, 'x');
    expect(await ensureComment(stage.forge, number, '[m]', body)).toMatchObject({
      did: 'failed',
      problem: { reason: 'limit-exceeded' },
    });
    expect(await stage.forge.ownComments(number)).toEqual([]);
    expect(await stage.forge.createComment(number, body.slice(0, -1))).toMatchObject({ body: body.slice(0, -1) });
  });

  test('an approval by a writer names the head it was given on, and a push leaves it there', async () => {
    const number = propose();
    const planned = stage.repository.resolve('fewer');
    stage.approve(number, 'grace');
    expect(await stage.forge.reviews(number)).toMatchObject([
      { user: { name: 'grace' }, verdict: 'approved', commit: planned, mayWrite: true, bot: false },
    ]);
    stage.repository.commit({ branch: 'fewer', files: { sneaky: 'yes' }, message: 'After the approval' });
    expect((await stage.forge.mergeRequest(number)).head).not.toBe(planned);
    expect((await stage.forge.reviews(number))[0]?.commit).toBe(planned);
  });

  test.each<MergeMethod>(['merge', 'squash', 'rebase'])(
    'the commit of a %s merge leads back to its merge request',
    async (method) => {
      const number = propose();
      stage.repository.commit({ branch: 'fewer', files: { second: 'commit' }, message: 'Second' });
      const other = propose('grace', 'other');
      stage.merge(other, 'ada', method);
      const commit = stage.merge(number, 'grace', method);
      // Read after the merge: GitLab rebases the source branch itself.
      const head = stage.repository.resolve('fewer');
      expect(commit).toBe(stage.repository.resolve('main'));
      expect(await stage.forge.mergeRequestsOfCommit(commit, 'main')).toMatchObject([
        { number, state: 'merged', mergeCommit: commit, head },
      ]);
    },
  );

  test('every commit of a rebased merge request leads back to it, not only the last', async () => {
    const number = propose();
    stage.repository.commit({ branch: 'fewer', files: { second: 'commit' }, message: 'Second' });
    stage.merge(propose('grace', 'other'), 'ada', 'rebase');
    const before = stage.repository.resolve('main') ?? '';
    const tip = stage.merge(number, 'grace', 'rebase');
    const brought = stage.repository.commits(before, tip).map((commit) => commit.sha);
    expect(brought).toHaveLength(2);
    for (const commit of brought) {
      expect(await stage.forge.mergeRequestsOfCommit(commit, 'main')).toMatchObject([{ number, mergeCommit: tip }]);
    }
  });

  test('a long history costs few requests, and a commit that no merge made is still asked about', async () => {
    const merges = new Map<string, number>();
    for (const branch of ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']) {
      const number = propose('ada', branch);
      merges.set(stage.merge(number, 'grace', branch === 'six' ? 'squash' : 'merge'), number);
    }
    const direct = stage.repository.commit({ branch: 'main', files: { direct: 'push' }, message: 'Nobody saw this' });
    const before = stage.requestCount();
    for (const [commit, number] of merges) {
      expect(await stage.forge.mergeRequestsOfCommit(commit, 'main')).toMatchObject([{ number, mergeCommit: commit }]);
    }
    expect(await stage.forge.mergeRequestsOfCommit(direct, 'main')).toEqual([]);
    if (stage.hasFullPages) expect(stage.requestCount() - before).toBe(3 + 1 + 1);
  });

  test('an open merge request, another branch and an unknown commit lead to no merge request', async () => {
    const number = propose();
    const head = stage.repository.resolve('fewer') ?? '';
    expect(await stage.forge.mergeRequestsOfCommit(head, 'main')).toEqual([]);
    const merged = stage.merge(number, 'grace', 'merge');
    expect(await stage.forge.mergeRequestsOfCommit(merged, 'release/1')).toEqual([]);
    expect(await stage.forge.mergeRequestsOfCommit('0'.repeat(40), 'main')).toEqual([]);
    const direct = stage.repository.commit({ branch: 'main', files: { direct: 'push' }, message: 'Nobody saw this' });
    expect(await stage.forge.mergeRequestsOfCommit(direct, 'main')).toEqual([]);
  });

  test('everybody who worked on the commits is named, co-authors too', async () => {
    stage.repository.commit({
      branch: 'pair',
      from: 'main',
      files: { pair: '1' },
      message: 'Together\n\nCo-authored-by: Grace Hopper <grace@example.test>',
      author: { name: 'Ada', email: 'ada@example.test' },
      committer: { name: 'Carol', email: 'carol@example.test' },
    });
    const { people, complete } = await stage.forge.contributors(stage.open('ada', 'pair'));
    expect(complete).toBe(true);
    expect(people.map(({ as, name, email }) => `${as} ${name} ${email}`)).toEqual([
      'author Ada ada@example.test',
      'committer Carol carol@example.test',
      'co-author Grace Hopper grace@example.test',
    ]);
  });

  test('whose commits they are is known by the account, not by the name on the commit', async () => {
    for (const name of ['ada', 'grace']) {
      const [id] = (await stage.forge.mergeRequest(propose(name, `by-${name}`))).author.id.match(/\d+/) ?? [];
      const person = { name: 'Somebody Else', email: `${id}+${name}@users.forge.test` };
      const from = name === 'ada' ? { from: 'main' } : {};
      const files = { [name]: '1' };
      stage.repository.commit({ branch: 'own', ...from, files, message: 'Mine', author: person, committer: person });
    }
    const { people } = await stage.forge.contributors(stage.open('grace', 'own'));
    expect(people.map(({ as, user }) => `${as} ${user?.name}`).sort()).toEqual([
      'author ada',
      'author grace',
      'committer ada',
      'committer grace',
    ]);
  });

  test('the members of a team are listed, and one that is hidden or not there is unknown', async () => {
    stage.addTeam('@acme/platform', 'ada', 'grace');
    expect(await stage.forge.membersOf('@acme/platform')).toEqual(['ada', 'grace']);
    expect(await stage.forge.membersOf('@acme/nobody')).toBeUndefined();
    expect(await stage.forge.membersOf('@@jester')).toBeUndefined();
  });

  test('an issue is opened, found by its label, brought up to date and closed', async () => {
    const { issues } = stage.forge;
    if (issues === undefined) throw new Error('this forge should have issues');
    const made = await issues.create({ title: 'Drift in production', body: '2 fields', label: 'pushgate-drift' });
    await issues.create({ title: 'Something else', body: 'x', label: 'other' });
    expect(await issues.ownOpen('pushgate-drift')).toEqual([made]);
    await issues.update(made.id, '3 fields', 'More drift in production');
    expect(await issues.ownOpen('pushgate-drift')).toMatchObject([
      { body: '3 fields', title: 'More drift in production' },
    ]);
    await issues.close(made.id);
    expect(await issues.ownOpen('pushgate-drift')).toEqual([]);
  });

  test('a commit status may be set twice in a row, and a long description is shortened at a word', async () => {
    const commit = stage.repository.resolve('main') ?? '';
    const status = { commit, name: 'pushgate/production', url: undefined };
    const long = `2 updated: ${'catalog '.repeat(40)}`;
    await stage.forge.commitStatus?.({ ...status, state: 'pending', description: 'planning' });
    await stage.forge.commitStatus?.({ ...status, state: 'pending', description: 'planning' });
    await stage.forge.commitStatus?.({ ...status, state: 'success', description: long });
  });

  test('a deployment is announced and ended', async () => {
    const commit = stage.repository.resolve('main') ?? '';
    const id = await stage.forge.deployments?.create({
      commit,
      ref: 'main',
      environment: 'production',
      description: 'x',
    });
    await stage.forge.deployments?.finish(id ?? '', { state: 'success', description: 'applied', url: undefined });
  });
});
