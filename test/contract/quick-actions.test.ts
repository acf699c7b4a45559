/** What we write to GitLab is read by GitLab for commands: no text of a chart, a cluster or a person may become one. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DriftReport, driftSchema } from '../../src/drift/drift.ts';
import { type Change, type Plan, planSchema } from '../../src/plan/plan.ts';
import { Problem } from '../../src/problem.ts';
import { writeComment } from '../../src/report/comment.ts';
import { withOutcome } from '../../src/report/comment-outcome.ts';
import { driftIssue } from '../../src/report/drift-issue.ts';
import { readQuickActions } from '../support/quick-actions.ts';

const pieces = ['/merge', '/approve', '/close', '```', '````', '~~~', '`', '\n', '\r', '\u2028', '<p>', '</p>', '>>>'];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces, ' ', '-->', '| ', '- '), fc.string({ maxLength: 4 })), { maxLength: 12 })
  .map((parts) => parts.join(''));

function changeWith(words: readonly string[]): Change {
  const [name = '', namespace = '', from = '', to = '', consequence = '', source = '', path = ''] = words;
  return {
    key: { group: '', kind: 'ConfigMap', namespace, name },
    action: 'update',
    causes: ['merge-request'],
    fields: [
      { path, from, to, cause: 'merge-request', origin: source },
      { path: 'data.text', from: undefined, to, cause: 'merge-request', origin: undefined },
    ],
    consequences: [{ kind: 'note', text: consequence }],
    source,
    digest: 'd'.repeat(16),
    parts: [],
  };
}

function commentWith(words: readonly string[]): string {
  const change = changeWith(words);
  const [user = '', notice = '', target = ''] = words;
  const plan: Plan = {
    schema: planSchema,
    environment: 'production',
    target,
    commit: { rendered: 'a'.repeat(40), head: 'b'.repeat(40), base: 'c'.repeat(40) },
    releases: [
      {
        // The configuration takes only DNS labels here.
        name: 'catalog',
        namespace: 'shop',
        changes: [change],
        drifted: [{ ...change, action: 'keep', causes: ['drift'] }],
        untouched: 0,
        digest: 'r'.repeat(16),
        blocked: [{ reason: 'held', text: notice, hint: target }],
      },
    ],
    notices: [{ severity: 'warning', text: notice }],
    digest: 'p'.repeat(16),
  };
  const gate = { mode: 'merge', approvals: 1, selfApproval: false } as const;
  const approvals = {
    counted: [user],
    ignored: [{ user: notice, why: target }],
    against: [],
    needed: 1,
    enough: true,
  };
  return writeComment({
    of: 'acme%2Fshop!17',
    sections: [
      { environment: 'production', plan, problem: undefined, gate, approvals },
      { environment: 'staging', plan: undefined, problem: notice, gate, approvals: undefined },
    ],
    head: 'b'.repeat(40),
    targetBranch: target,
    key: undefined,
    limit: 1_000_000,
    runUrl: undefined,
  });
}

test('nothing in the comment on a merge request acts, and all of it is kept', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 7, maxLength: 7 }), (words) => {
      const body = commentWith(words);
      expect(readQuickActions(body)).toEqual({ actions: [], kept: body });
    }),
    { numRuns: 1000 },
  );
});

test('nothing in what a comment later says of the apply acts', () => {
  fc.assert(
    fc.property(hostile, hostile, (name, message) => {
      const problem = new Problem({ reason: 'rejected', message });
      const body = withOutcome('## Pushgate\n', {
        environment: 'production',
        target: name,
        releases: [{ kind: 'failed', name, problem }],
      });
      expect(readQuickActions(body).actions).toEqual([]);
    }),
  );
});

test('nothing in the drift issue acts', () => {
  fc.assert(
    fc.property(
      fc.array(hostile, { minLength: 6, maxLength: 6 }),
      ([a = '', b = '', c = '', d = '', e = '', f = '']) => {
        const edits = [{ who: a, when: '2026-11-20T16:41:00Z', how: b }];
        const key = { group: '', kind: 'ConfigMap', namespace: c, name: d };
        const fields = [{ path: e, recorded: f, live: a }];
        const report: DriftReport = {
          schema: driftSchema,
          environment: 'production',
          target: f,
          findings: [
            { release: a, key, what: 'changed', where: b, fields, why: undefined, edits },
            { release: c, key: undefined, what: 'unreadable', where: d, fields: [], why: e, edits },
          ],
          ignored: 0,
          expired: [],
          handMade: [],
          proposals: [],
          since: undefined,
          digest: 'x',
        };
        expect(readQuickActions(driftIssue(report, { limit: 1_000_000 }).body).actions).toEqual([]);
      },
    ),
    { numRuns: 1000 },
  );
});

test('the reader itself finds what it should, so that finding nothing means something', () => {
  expect(readQuickActions('words\n/merge\n~~~\n/close\n~~~').actions.map((one) => one.command)).toEqual([
    'merge',
    'close',
  ]);
});
