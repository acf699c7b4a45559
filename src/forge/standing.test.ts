import { expect, test } from '@jest/globals';
import type { Trigger } from './ci.ts';
import { standingToApply, standingToPlan } from './standing.ts';

type Request = Extract<Trigger, { kind: 'merge-request' }>;

function request(more: Partial<Request>): Request {
  const sha = 'a'.repeat(40);
  const base = { kind: 'merge-request', number: 1, head: sha, targetBranch: 'main', event: 'pull_request' } as const;
  return { ...base, fork: false, insideTarget: true, ...more };
}

test.each<[string, Trigger, boolean | undefined, string]>([
  ['our own branch', request({}), undefined, 'trusted'],
  ['a fork on pull_request', request({ fork: true, insideTarget: false }), undefined, 'render-only'],
  ['a fork on pull_request_target', request({ fork: true, event: 'pull_request_target' }), undefined, 'refused'],
  [
    'a fork’s GitLab pipeline in our project',
    request({ fork: true, event: 'merge_request_event' }),
    undefined,
    'refused',
  ],
  [
    'a comment on anybody’s merge request',
    { kind: 'comment', number: 1, event: 'issue_comment' },
    undefined,
    'refused',
  ],
  ['a comment on a fork’s merge request', { kind: 'comment', number: 1, event: 'issue_comment' }, true, 'refused'],
  ['a comment on our own', { kind: 'comment', number: 1, event: 'issue_comment' }, false, 'trusted'],
  ['a run after a fork’s run', { kind: 'follow-up', fork: true, event: 'workflow_run' }, undefined, 'refused'],
  ['a run after our own', { kind: 'follow-up', fork: false, event: 'workflow_run' }, undefined, 'trusted'],
  ['a push', { kind: 'push', event: 'push' }, undefined, 'trusted'],
  ['a laptop', { kind: 'local' }, undefined, 'trusted'],
])('%s may plan: %s', (_what, trigger, fork, kind) => {
  const standing = standingToPlan({ trigger, fork });
  expect(standing.kind).toBe(kind);
  if (standing.kind === 'refused') expect(standing.reason).toBe('fork-refused');
});

test('who asks for forks on a privileged trigger gets rendering, never trust', () => {
  const trigger = request({ fork: true, event: 'pull_request_target' });
  expect(standingToPlan({ trigger, forks: 'render' }).kind).toBe('render-only');
});

test('on GitLab nothing is applied from a ref that is not known to be protected', () => {
  const push = { kind: 'push', event: 'push' } as const;
  const address = {
    kind: 'gitlab',
    apiUrl: 'https://gitlab.example.test/api/v4',
    project: '42',
    jobToken: undefined,
  } as const;
  for (const protectedRef of [false, undefined]) {
    const standing = standingToApply({ forge: address, trigger: push, protectedRef, ref: 'main' });
    expect(standing).toMatchObject({ kind: 'refused', reason: 'wrong-ref' });
  }
  expect(standingToApply({ forge: address, trigger: push, protectedRef: true, ref: 'main' }).kind).toBe('trusted');
});

test('from a fork nothing is applied, however it came', () => {
  const triggers: Trigger[] = [
    request({ fork: true, insideTarget: false }),
    request({ fork: true }),
    { kind: 'follow-up', fork: true, event: 'workflow_run' },
  ];
  for (const trigger of triggers) {
    const standing = standingToApply({ forge: undefined, trigger, protectedRef: true, ref: 'main' });
    expect(standing).toMatchObject({ kind: 'refused', reason: 'fork-refused' });
  }
});
