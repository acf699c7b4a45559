/**
 * Random histories of one environment: people push, plan, approve, reject, dismiss, lose their rights, merge, push past
 * everybody; then somebody applies. What the gate says is held against a second, plainer telling of the same rules.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Policy } from '../../src/config/policy.ts';
import { latestOpinions, type ReviewData, verdicts } from '../../src/forge/github-shapes.ts';
import { countApprovals } from '../../src/gate/approvals.ts';
import type { MergedRequest } from '../../src/gate/facts.ts';
import { decide } from '../../src/gate/gate.ts';
import { readShown, type ShownPlan, shownAs, subjectOf, writeShown } from '../../src/gate/shown.ts';
import type { Change, PlannedRelease } from '../../src/plan/plan.ts';

const people = ['ann', 'rita', 'tom', 'bot'] as const;
type Person = (typeof people)[number];

type Event =
  | { readonly do: 'push'; readonly content: number }
  | { readonly do: 'plan' }
  | { readonly do: 'approve' | 'reject' | 'comment' | 'dismiss' | 'lose'; readonly who: Person }
  | { readonly do: 'merge' }
  | { readonly do: 'direct'; readonly content: number };

interface Request {
  readonly number: number;
  head: number;
  content: number;
  merged: boolean;
  comment: string | undefined;
  /** The plain telling of what the comment holds. */
  told: { readonly head: number; readonly content: number } | undefined;
  readonly reviews: ReviewData[];
}

const key = 'key';
const target = 'cluster prod';
const of = (number: number): string => subjectOf('acme/shop', number);
const commitOf = (head: number): string => head.toString(16).padStart(40, '0');

function policyWith(approvals: number): Policy {
  return {
    name: 'production',
    target: { kind: 'cluster', context: undefined },
    refs: ['main'],
    after: [],
    gate: { mode: 'merge', approvals, selfApproval: false },
    prune: { brake: { objects: 20, percent: 30 }, protect: [] },
    drift: { mode: 'report', ignore: [] },
    namespaces: undefined,
  } as unknown as Policy;
}

/** A world with at most one open merge request, and everything that was merged since the last apply. */
class World {
  readonly merged: Request[] = [];
  readonly direct: number[] = [];
  readonly rights = new Map<Person, boolean>(people.map((who) => [who, true]));
  open: Request;
  branch = 0;
  private commits = 1;
  private time = 0;
  private readonly approvals: number;

  constructor(approvals: number) {
    this.approvals = approvals;
    this.open = this.propose();
  }

  private propose(): Request {
    const number = this.merged.length + 1;
    const head = this.commits++;
    return { number, head, content: this.branch, merged: false, comment: undefined, told: undefined, reviews: [] };
  }

  play(event: Event): void {
    const { open } = this;
    switch (event.do) {
      case 'push':
        open.head = this.commits++;
        open.content = event.content;
        return;
      case 'plan':
        open.comment = commentFor(open);
        open.told = { head: open.head, content: open.content };
        return;
      case 'approve':
      case 'reject':
      case 'comment':
        // Also on what is merged already: that is how a refused change is approved after all.
        for (const request of [open, ...this.merged.slice(-1)]) this.review(request, event.who, event.do);
        return;
      case 'dismiss':
        for (const request of [open, ...this.merged])
          request.reviews.forEach((review, index) => {
            if (review.user?.login === event.who && review.state !== 'COMMENTED')
              request.reviews[index] = { ...review, state: 'DISMISSED' };
          });
        return;
      case 'lose':
        this.rights.set(event.who, false);
        return;
      case 'merge':
        open.merged = true;
        this.merged.push(open);
        this.branch = open.content;
        this.open = this.propose();
        return;
      case 'direct':
        this.branch = event.content;
        this.direct.push(this.commits++);
        this.open.content = event.content;
    }
  }

  private review(request: Request, who: Person, verdict: 'approve' | 'reject' | 'comment'): void {
    const state = { approve: 'APPROVED', reject: 'CHANGES_REQUESTED', comment: 'COMMENTED' }[verdict];
    const user = { id: people.indexOf(who) + 1, login: who };
    const submitted_at = new Date(Date.UTC(2026, 0, 1) + 1000 * this.time++).toISOString();
    request.reviews.push({ user, state, submitted_at, commit_id: commitOf(request.head) } as unknown as ReviewData);
  }

  /** What the real parts say about applying the branch as it is. */
  asked(): string {
    const decision = decide({
      policy: policyWith(this.approvals),
      ref: 'main',
      position: 'newer',
      release: releaseOf(this.branch),
      target,
      merged: this.merged.map((request) => this.asMerged(request)),
      direct: this.direct.map(commitOf),
      now: new Date('2026-11-20T12:00:00Z'),
      unmerged: undefined,
      digest: { actual: 'now', expected: undefined },
    });
    return decision.kind === 'allow' ? 'allow' : decision.reason;
  }

  private asMerged(request: Request): MergedRequest {
    const head = commitOf(request.head);
    const reviews = latestOpinions(request.reviews).map((review) => ({
      user: review.user?.login ?? '',
      verdict: verdicts[review.state] ?? ('dismissed' as const),
      commit: review.commit_id ?? undefined,
      mayWrite: this.rights.get(review.user?.login as Person),
      bot: review.user?.login === 'bot',
    }));
    const { gate } = policyWith(this.approvals);
    const shown =
      request.comment === undefined ? undefined : readShown(request.comment, { of: of(request.number), key });
    const approvals = countApprovals({ reviews, head, author: 'ann', policy: gate });
    return { number: request.number, head, shown, approvals, fork: false };
  }

  /** The same in plain words, from the events alone. */
  meant(): boolean {
    if (this.branch === 0) return true;
    return this.merged.some(
      (request) =>
        request.told?.head === request.head && request.told.content === this.branch && this.isApproved(request),
    );
  }

  private isApproved(request: Request): boolean {
    const last = new Map<string, ReviewData>();
    for (const review of request.reviews) if (review.state !== 'COMMENTED') last.set(review.user?.login ?? '', review);
    const words = [...last].filter(([who]) => who !== 'bot' && this.rights.get(who as Person) === true);
    const against = words.some(([, { state }]) => state === 'CHANGES_REQUESTED');
    const by = words.filter(
      ([who, { state, commit_id }]) => who !== 'ann' && state === 'APPROVED' && commit_id === commitOf(request.head),
    );
    return !against && by.length >= this.approvals;
  }
}

function releaseOf(content: number): PlannedRelease {
  const change = {
    key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'catalog' },
    action: 'update',
    causes: ['waiting'],
    fields: [],
    consequences: [],
    source: undefined,
    digest: `content-${content}`,
    parts: [],
  } as const satisfies Change;
  const changes = content === 0 ? [] : [change];
  return {
    name: 'catalog',
    namespace: 'shop',
    changes,
    drifted: [],
    untouched: 0,
    digest: `set-${content}`,
    blocked: [],
  };
}

function commentFor({ number, head, content }: Request): string {
  const { digest, changes } = releaseOf(content);
  const name = shownAs('catalog', target);
  const releases =
    content === 0
      ? {}
      : { [name]: { digest, changes: changes.map((one) => ({ digest: one.digest, parts: one.parts })) } };
  const shown: ShownPlan = { of: of(number), head: commitOf(head), rules: {}, environments: { production: releases } };
  return writeShown(shown, { key, room: 10_000 });
}

const who = fc.constantFrom(...people);
const content = fc.integer({ min: 0, max: 3 });
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ do: fc.constant('push' as const), content }),
  fc.constant({ do: 'plan' as const }),
  fc.constant({ do: 'plan' as const }),
  fc.record({ do: fc.constantFrom('approve', 'approve', 'approve', 'reject', 'comment', 'dismiss', 'lose'), who }),
  fc.constant({ do: 'merge' as const }),
  fc.record({ do: fc.constant('direct' as const), content }),
);
const history = fc.array(event, { maxLength: 25 });
const approvals = fc.integer({ min: 0, max: 2 });

function played(needed: number, events: readonly Event[]): World {
  const world = new World(needed);
  for (const one of events) world.play(one);
  return world;
}

describe('over any history', () => {
  test('is applied exactly what an approved merge request showed at the head that was merged', () => {
    let allowed = 0;
    fc.assert(
      fc.property(approvals, history, (needed, events) => {
        const world = played(needed, events);
        const answer = world.asked();
        expect(answer === 'allow').toBe(world.meant());
        if (answer === 'allow' && world.branch !== 0) allowed += 1;
      }),
      { numRuns: 5000 },
    );
    // Histories that all end in a refusal would prove little.
    expect(allowed).toBeGreaterThan(100);
  });

  test('a rejection or a lost right never turns a refusal into an allowance', () => {
    const setback: fc.Arbitrary<Event> = fc.oneof(
      fc.record({
        do: fc.constantFrom('reject' as const, 'lose' as const),
        who: fc.constantFrom('rita' as const, 'tom' as const),
      }),
    );
    fc.assert(
      fc.property(approvals, history, setback, (needed, events, last) => {
        const world = played(needed, events);
        const before = world.asked();
        // Whoever may no longer write cannot object either; that is the one thing that a lost right gives.
        const objects = world.merged.some((request) =>
          latestOpinions(request.reviews).some(
            ({ state, user }) => state === 'CHANGES_REQUESTED' && 'who' in last && user?.login === last.who,
          ),
        );
        world.play(last);
        if (before !== 'allow' && !(last.do === 'lose' && objects)) expect(world.asked()).not.toBe('allow');
      }),
      { numRuns: 5000 },
    );
  });

  test('a push after everything was said never turns a refusal into an allowance', () => {
    fc.assert(
      fc.property(approvals, history, content, (needed, events, pushed) => {
        const [quiet, moved] = [played(needed, events), played(needed, events)];
        moved.play({ do: 'push', content: pushed });
        for (const world of [quiet, moved]) world.play({ do: 'merge' });
        // What was pushed may be what is there already, or what another merge request showed.
        if (moved.branch === quiet.branch && quiet.asked() !== 'allow') expect(moved.asked()).not.toBe('allow');
      }),
      { numRuns: 5000 },
    );
  });
});
