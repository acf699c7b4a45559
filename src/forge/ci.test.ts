import { describe, expect, test } from '@jest/globals';
import { runFacts } from './ci.ts';
import { standingToPlan } from './standing.ts';

const sha = 'a'.repeat(40);
const head = 'b'.repeat(40);

const github = {
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_SHA: sha,
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_PROTECTED: 'true',
  GITHUB_ACTOR: 'ada',
  GITHUB_RUN_ID: '8123',
  GITHUB_SERVER_URL: 'https://github.example.test',
  GITHUB_API_URL: 'https://github.example.test/api/v3',
};

function pullEvent(headRepository: string | null): string {
  const repo = headRepository === null ? null : { full_name: headRepository };
  return JSON.stringify({
    pull_request: {
      number: 17,
      head: { sha: head, ref: 'fewer', repo },
      base: { ref: 'main', repo: { full_name: 'acme/shop' } },
    },
  });
}

const gitlab = {
  GITLAB_CI: 'true',
  CI_PIPELINE_SOURCE: 'push',
  CI_API_V4_URL: 'https://gitlab.example.test/api/v4',
  CI_PROJECT_ID: '42',
  CI_COMMIT_SHA: sha,
  CI_COMMIT_REF_NAME: 'main',
  CI_COMMIT_REF_PROTECTED: 'true',
  CI_JOB_TOKEN: 'job',
  CI_PIPELINE_URL: 'https://gitlab.example.test/acme/shop/-/pipelines/9',
  GITLAB_USER_LOGIN: 'ada',
};

const gitlabRequest = {
  ...gitlab,
  CI_PIPELINE_SOURCE: 'merge_request_event',
  CI_COMMIT_REF_PROTECTED: 'false',
  CI_MERGE_REQUEST_IID: '17',
  CI_MERGE_REQUEST_PROJECT_ID: '42',
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '42',
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'fewer',
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
};

test('a tag that is called like a branch is not taken for it', () => {
  const tag = { ...github, GITHUB_REF: 'refs/tags/main', GITHUB_REF_TYPE: 'tag' };
  expect(runFacts({ env: tag, event: '{}' }).ref).toBe('refs/tags/main');
  expect(runFacts({ env: { ...gitlab, CI_COMMIT_TAG: 'main' }, event: undefined }).ref).toBe('refs/tags/main');
});

test.each(['pull_request', 'pull_request_target', 'pull_request_review', 'issue_comment'])(
  'a run on %s whose event cannot be read is taken for a fork’s',
  (name) => {
    for (const event of [undefined, '', '{', 'null', '{}', '{"pull_request":{}}', '[]']) {
      const { trigger } = runFacts({ env: { ...github, GITHUB_EVENT_NAME: name }, event });
      expect(standingToPlan({ trigger })).toMatchObject({ kind: 'refused', reason: 'fork-refused' });
    }
  },
);

describe('GitHub Actions', () => {
  test('a push says its commit, branch, actor and run', () => {
    expect(runFacts({ env: github, event: '{}' })).toMatchObject({
      forge: { kind: 'github', apiUrl: 'https://github.example.test/api/v3', project: 'acme/shop' },
      trigger: { kind: 'push' },
      commit: sha,
      ref: 'main',
      protectedRef: true,
      actor: 'ada',
      runUrl: 'https://github.example.test/acme/shop/actions/runs/8123',
    });
  });

  test('a pull request says its number, head and target, and GITHUB_SHA is not its head', () => {
    const facts = runFacts({ env: { ...github, GITHUB_EVENT_NAME: 'pull_request' }, event: pullEvent('acme/shop') });
    expect(facts.trigger).toEqual({
      kind: 'merge-request',
      number: 17,
      head,
      targetBranch: 'main',
      fork: false,
      insideTarget: true,
      event: 'pull_request',
    });
    expect(facts.ref).toBe('fewer');
  });

  test.each([
    ['pull_request', 'acme/shop', false, true],
    ['pull_request', 'mallory/shop', true, false],
    ['pull_request_target', 'mallory/shop', true, true],
    ['pull_request_target', null, true, true],
    ['pull_request_review', 'mallory/shop', true, false],
  ])('%s from %s: fork %j, with our rights %j', (event, repository, fork, insideTarget) => {
    const facts = runFacts({ env: { ...github, GITHUB_EVENT_NAME: event }, event: pullEvent(repository) });
    expect(facts.trigger).toMatchObject({ kind: 'merge-request', fork, insideTarget });
  });

  test('a comment on a pull request is no push, and one on an issue is not about code', () => {
    const env = { ...github, GITHUB_EVENT_NAME: 'issue_comment' };
    const onPull = JSON.stringify({ issue: { number: 17, pull_request: {} }, comment: { body: '/pushgate apply' } });
    expect(runFacts({ env, event: onPull }).trigger).toMatchObject({ kind: 'comment', number: 17 });
    const user = { id: 7, login: 'rita', type: 'User' };
    const said = { id: 1, body: '/pushgate plan', user };
    const issue = { number: 17, pull_request: {} };
    const facts = (payload: object): unknown =>
      (runFacts({ env, event: JSON.stringify({ issue, ...payload }) }).trigger as { comment?: unknown }).comment;
    const comment = { id: '1', body: '/pushgate plan', author: { id: '7', name: 'rita' }, bot: false, isNew: true };
    expect(facts({ action: 'created', comment: said })).toEqual(comment);
    expect(facts({ action: 'edited', comment: said })).toEqual({ ...comment, isNew: false });
    expect(facts({ comment: { ...said, user: { ...user, type: 'Bot' } } })).toEqual({
      ...comment,
      bot: true,
      isNew: false,
    });
    expect(facts({ action: 'created', comment: { ...said, user: null } })).toBeUndefined();
    expect(runFacts({ env, event: JSON.stringify({ issue: { number: 3 } }) }).trigger.kind).toBe('push');
  });

  test.each([
    ['acme/shop', false],
    ['mallory/shop', true],
    [undefined, true],
  ])('a run after a run for %s: fork %j', (repository, fork) => {
    const event = JSON.stringify({ workflow_run: { head_repository: repository && { full_name: repository } } });
    const { trigger } = runFacts({ env: { ...github, GITHUB_EVENT_NAME: 'workflow_run' }, event });
    expect(trigger).toMatchObject({ kind: 'follow-up', fork });
  });

  test.each([
    ['schedule', 'schedule'],
    ['workflow_dispatch', 'manual'],
  ])('%s is %s', (name, kind) => {
    expect(runFacts({ env: { ...github, GITHUB_EVENT_NAME: name }, event: '{}' }).trigger.kind).toBe(kind);
  });

  test.each([undefined, '', 'not JSON', '[]', 'null', '{"pull_request": {"number": 17}}'])(
    'an event that says too little (%j) names no merge request',
    (event) => {
      const facts = runFacts({ env: { ...github, GITHUB_EVENT_NAME: 'pull_request' }, event });
      expect(facts.trigger.kind).not.toBe('merge-request');
    },
  );
});

describe('GitLab CI', () => {
  test('a push says its commit, branch, actor, run and job token', () => {
    expect(runFacts({ env: gitlab, event: undefined })).toMatchObject({
      forge: { kind: 'gitlab', apiUrl: 'https://gitlab.example.test/api/v4', project: '42', jobToken: 'job' },
      trigger: { kind: 'push' },
      commit: sha,
      ref: 'main',
      protectedRef: true,
      actor: 'ada',
      runUrl: 'https://gitlab.example.test/acme/shop/-/pipelines/9',
    });
  });

  test('a merge request says its number and target; its head is the commit of the pipeline', () => {
    expect(runFacts({ env: gitlabRequest, event: undefined }).trigger).toMatchObject({
      number: 17,
      head: sha,
      targetBranch: 'main',
      fork: false,
      insideTarget: true,
    });
  });

  test('in a pipeline of the merged result the head is the source branch’s, not the trial merge', () => {
    const env = { ...gitlabRequest, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head };
    expect(runFacts({ env, event: undefined }).trigger).toMatchObject({ head });
  });

  test('a fork’s pipeline in the fork is about a merge request of the other project', () => {
    const env = { ...gitlabRequest, CI_PROJECT_ID: '77', CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '77' };
    const facts = runFacts({ env, event: undefined });
    expect(facts.trigger).toMatchObject({ fork: true, insideTarget: false });
    expect(facts.forge?.project).toBe('42');
  });

  test('a fork’s pipeline in our project has our rights', () => {
    const env = { ...gitlabRequest, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '77' };
    expect(runFacts({ env, event: undefined }).trigger).toMatchObject({ fork: true, insideTarget: true });
  });

  test.each([
    ['schedule', 'schedule'],
    ['web', 'manual'],
    ['api', 'manual'],
  ])('%s is %s', (source, kind) => {
    expect(runFacts({ env: { ...gitlab, CI_PIPELINE_SOURCE: source }, event: undefined }).trigger.kind).toBe(kind);
  });
});

test('outside a pipeline there is no forge and nothing is assumed', () => {
  expect(runFacts({ env: { GITHUB_REPOSITORY: 'acme/shop' }, event: undefined })).toMatchObject({
    forge: undefined,
    trigger: { kind: 'local' },
  });
});
