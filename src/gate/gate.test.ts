import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Environment, GateTime } from '../config/config.ts';
import type { Change, PlannedRelease } from '../plan/plan.ts';
import type { ReviewFacts } from './approvals.ts';
import { countApprovals } from './approvals.ts';
import type { GateFacts, MergedRequest } from './facts.ts';
import { decide } from './gate.ts';
import type { ShownPlan } from './shown.ts';
import { readShown, shownAs, subjectOf, writeShown } from './shown.ts';

const head = 'a'.repeat(40);
const other = 'b'.repeat(40);
const of = subjectOf('acme/shop', 17);
const target = 'cluster prod';

const policy: Environment = {
  name: 'production',
  target: { kind: 'cluster', context: undefined },
  refs: ['main', 'release/*'],
  after: [],
  releases: ['catalog'],
  overrides: {},
  gate: { mode: 'merge', approvals: 1, selfApproval: false },
  prune: { brake: { objects: 20, percent: 30 }, protect: [] },
  drift: { mode: 'report', ignore: [] },
  namespaces: undefined,
};

const always: GateTime = { schedule: '* * * * *', duration: '1h', zone: 'UTC', reason: 'a launch' };

function change(digest: string, ...parts: readonly string[]): Change {
  return {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: digest },
    action: 'update',
    causes: ['waiting'],
    fields: [],
    consequences: [],
    source: undefined,
    digest,
    parts,
  };
}

function release(...changes: readonly Change[]): PlannedRelease {
  return { name: 'catalog', namespace: 'shop', changes, drifted: [], untouched: 0, digest: 'set', blocked: [] };
}

function showing(...changes: readonly Change[]): ShownPlan {
  return {
    of,
    head,
    rules: { production: 'rules' },
    environments: {
      production: {
        [shownAs('catalog', target)]: {
          digest: 'shown-set',
          changes: changes.map(({ digest, parts }) => ({ digest, parts })),
        },
      },
    },
  };
}

const approval: ReviewFacts = { user: 'rita', verdict: 'approved', commit: head, mayWrite: true, bot: false };

function merged(
  shown: ShownPlan | undefined,
  options: { reviews?: readonly ReviewFacts[]; head?: string; number?: number; fork?: boolean } = {},
): MergedRequest {
  return {
    number: options.number ?? 17,
    head: options.head ?? head,
    shown,
    approvals: countApprovals({ reviews: options.reviews ?? [approval], head, author: 'ann', policy: policy.gate }),
    fork: options.fork ?? false,
  };
}

function decision(facts: Partial<GateFacts>): string {
  const result = decide({
    policy,
    ref: 'main',
    position: 'newer',
    release: release(change('one', 'p1')),
    target,
    merged: [],
    direct: [],
    now: new Date('2026-11-20T12:00:00Z'),
    unmerged: undefined,
    digest: { actual: 'now', expected: undefined },
    ...facts,
  });
  return result.kind === 'allow' ? 'allow' : result.reason;
}

describe('a release is applied', () => {
  test('when an approved merge request showed every change', () => {
    expect(decision({ merged: [merged(showing(change('one')))] })).toBe('allow');
  });

  test('when two approved merge requests together showed every part of a change', () => {
    const sum = release(change('sum', 'p1', 'p2'));
    const requests = [merged(showing(change('x', 'p1'))), merged(showing(change('y', 'p2')), { number: 18 })];
    expect(decision({ release: sum, merged: requests })).toBe('allow');
    expect(decision({ release: sum, merged: requests.slice(1) })).toBe('not-shown');
  });

  test('and only the merge requests that showed some of it are named', () => {
    const requests = [merged(showing(change('one'))), merged(showing(change('old')), { number: 18 })];
    const result = decide({
      policy,
      ref: 'main',
      position: 'newer',
      release: release(change('one', 'p1')),
      target,
      merged: requests,
      direct: [],
      now: new Date('2026-11-20T12:00:00Z'),
      unmerged: undefined,
      digest: { actual: 'now', expected: undefined },
    });
    expect(result).toEqual({ kind: 'allow', mergeRequests: [17] });
  });

  test('when it was shown with more that is no longer needed', () => {
    expect(decision({ merged: [merged(showing(change('one'), change('gone')))] })).toBe('allow');
  });

  test('when the policy says that nobody needs to approve', () => {
    expect(decision({ policy: { ...policy, gate: { ...policy.gate, mode: 'none' } } })).toBe('allow');
  });
});

describe('a release is refused', () => {
  const shown = showing(change('one'));
  test.each([
    ['a change that nobody showed', { merged: [merged(showing(change('another')))] }, 'not-shown'],
    ['no approval', { merged: [merged(shown, { reviews: [] })] }, 'approval-missing'],
    [
      'an approval of its author',
      { merged: [merged(shown, { reviews: [{ ...approval, user: 'ann' }] })] },
      'approval-missing',
    ],
    [
      'an approval by a bot',
      { merged: [merged(shown, { reviews: [{ ...approval, bot: true }] })] },
      'approval-missing',
    ],
    [
      'an approval of an older head',
      { merged: [merged(shown, { reviews: [{ ...approval, commit: other }] })] },
      'approval-missing',
    ],
    [
      'an approval by someone who may only read',
      { merged: [merged(shown, { reviews: [{ ...approval, mayWrite: false }] })] },
      'approval-missing',
    ],
    [
      'rights that could not be read',
      { merged: [merged(shown, { reviews: [{ ...approval, mayWrite: undefined }] })] },
      'approval-missing',
    ],
    ['a merged head that was not planned', { merged: [merged(shown, { head: other })] }, 'head-moved'],
    ['a merge request without a readable plan', { merged: [merged(undefined)] }, 'not-shown'],
    ['a fork', { merged: [merged(shown, { fork: true })] }, 'fork-refused'],
    [
      'a tag, to which no merge request leads',
      { policy: { ...policy, refs: ['refs/tags/v*'] }, ref: 'refs/tags/v1', direct: [other] },
      'no-merge-request',
    ],
    ['a direct push', { direct: [other] }, 'no-merge-request'],
    [
      'a freeze',
      { policy: { ...policy, gate: { ...policy.gate, freezes: [always] } }, merged: [merged(showing(change('one')))] },
      'frozen',
    ],
    [
      'a closed window, also where nobody is asked',
      {
        policy: { ...policy, gate: { ...policy.gate, mode: 'none', windows: [{ ...always, schedule: '0 0 31 2 *' }] } },
      },
      'outside-window',
    ],
    [
      'a comment before the merge, where it is applied after it',
      { unmerged: 17, merged: [merged(shown)] },
      'not-merged',
    ],
    ['another branch', { ref: 'topic', merged: [merged(shown)] }, 'wrong-ref'],
    ['a branch below an allowed level', { ref: 'release/1/x', merged: [merged(shown)] }, 'wrong-ref'],
    ['an unknown branch', { ref: undefined, merged: [merged(shown)] }, 'wrong-ref'],
    ['an older commit than the applied one', { position: 'older', merged: [merged(shown)] }, 'superseded'],
    ['an unknown history', { position: 'unknown', merged: [merged(shown)] }, 'superseded'],
    ['no policy before this commit', { policy: undefined, merged: [merged(shown)] }, 'no-policy'],
  ] as const)('for %s', (_words, facts, reason) => {
    expect(decision(facts)).toBe(reason);
  });

  test('for another plan than the expected one, in every mode', () => {
    const digest = { actual: 'now', expected: 'then' };
    for (const mode of ['merge', 'environment', 'none'] as const)
      expect(decision({ policy: { ...policy, gate: { ...policy.gate, mode } }, merged: [merged(shown)], digest })).toBe(
        'digest-mismatch',
      );
  });

  test('for the environment mode when no plan is named, and allowed when it is', () => {
    const byEnvironment = { ...policy, gate: { ...policy.gate, mode: 'environment' as const } };
    expect(decision({ policy: byEnvironment, merged: [merged(shown)] })).toBe('digest-mismatch');
    expect(decision({ policy: byEnvironment, digest: { actual: 'now', expected: 'now' } })).toBe('allow');
  });
});

const reviews = fc.array(
  fc.record({
    user: fc.constantFrom('ann', 'rita', 'omar', 'zoe'),
    verdict: fc.constantFrom('approved', 'changes-requested', 'dismissed'),
    commit: fc.constantFrom(head, other, undefined),
    mayWrite: fc.constantFrom(true, false, undefined),
    bot: fc.boolean(),
  } as const),
  { maxLength: 6 },
);

test('a rejection, a dismissal, a lost right or another commit never turns refuse into allow', () => {
  const enough = (list: readonly ReviewFacts[]): boolean =>
    countApprovals({ reviews: list, head, author: 'ann', policy: policy.gate }).enough;
  fc.assert(
    fc.property(reviews, fc.nat(5), (list, index) => {
      fc.pre(!enough(list));
      const worse = (change: Partial<ReviewFacts>): readonly ReviewFacts[] =>
        list.map((review, at) => (at === index && review.verdict === 'approved' ? { ...review, ...change } : review));
      for (const change of [
        { verdict: 'changes-requested' },
        { verdict: 'dismissed' },
        { mayWrite: false },
        { mayWrite: undefined },
        { commit: other },
      ] as const)
        expect(enough(worse(change))).toBe(false);
    }),
  );
});

describe('what a comment showed', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const digest = fc.stringMatching(/^[\w-]{16}$/);
  const shownPlans = fc.record({
    of: fc.constant(of),
    rules: fc.dictionary(word, digest, { maxKeys: 2 }),
    head: fc.constant(head),
    environments: fc.dictionary(
      word,
      fc.dictionary(
        word,
        fc.record({
          digest,
          changes: fc.array(fc.record({ digest, parts: fc.array(digest, { maxLength: 3 }) }), { maxLength: 4 }),
        }),
        { maxKeys: 3 },
      ),
      { maxKeys: 3 },
    ),
  });

  test('is read back as it was written, out of any text around it', () => {
    fc.assert(
      fc.property(shownPlans, fc.string(), (shown, around) => {
        const body = `${around}\n${writeShown(shown, { key: 'k', room: 1e6 })}`;
        expect(JSON.parse(JSON.stringify(readShown(body, { of, key: 'k' })))).toEqual(
          JSON.parse(JSON.stringify(shown)),
        );
      }),
    );
  });

  test('gives way to its room by whole steps, down to the digest of each release', () => {
    const shown = showing(
      ...Array.from({ length: 500 }, (_, index) => change(String(index).padStart(16, 'x'), 'p'.repeat(16))),
    );
    const text = writeShown(shown, { key: undefined, room: 200 });
    expect(text.length).toBeLessThan(200);
    expect(readShown(text, { of, key: undefined })?.environments['production']?.[shownAs('catalog', target)]).toEqual({
      digest: 'shown-set',
      changes: undefined,
    });
  });

  test('counts for nothing when it was changed or signed with another key', () => {
    const text = writeShown(showing(change('one')), { key: 'k', room: 1e6 });
    expect(readShown(text, { of, key: 'k' })).toBeDefined();
    expect(readShown(text.replace('one', 'two'), { of, key: 'k' })).toBeUndefined();
    expect(readShown(text, { of, key: 'other' })).toBeUndefined();
    expect(
      readShown(writeShown(showing(change('one')), { key: undefined, room: 1e6 }), { of, key: 'k' }),
    ).toBeUndefined();
  });

  test.each(['k', undefined])('counts for nothing on another merge request or in another project (key %s)', (key) => {
    const text = writeShown(showing(change('one')), { key, room: 1e6 });
    expect(readShown(text, { of, key })).toBeDefined();
    expect(readShown(text, { of: subjectOf('acme/shop', 18), key })).toBeUndefined();
    expect(readShown(text, { of: subjectOf('acme/other', 17), key })).toBeUndefined();
    expect(readShown(text.replace('!17', '!18'), { of: subjectOf('acme/shop', 18), key: 'k' })).toBeUndefined();
  });

  test('counts for nothing where the environment has moved to another place', () => {
    const facts = { merged: [merged(showing(change('one')))] };
    expect(decision(facts)).toBe('allow');
    expect(decision({ ...facts, target: 'cluster other' })).toBe('not-shown');
  });
});
