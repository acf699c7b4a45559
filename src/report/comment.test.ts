import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readShown, shownAs } from '../gate/shown.ts';
import type { Change, Plan } from '../plan/plan.ts';
import { planSchema } from '../plan/plan.ts';
import type { CommentInput } from './comment.ts';
import { commentMarker, writeComment } from './comment.ts';
import type { CommentSection } from './comment-section.ts';

const head = '4f2c81e'.padEnd(40, '0');

function change(options: Partial<Change> & { readonly name?: string } = {}): Change {
  const { name = 'catalog', ...rest } = options;
  return {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
    action: 'update',
    causes: ['merge-request'],
    fields: [{ path: 'spec.replicas', from: '3', to: '2', cause: 'merge-request', origin: undefined }],
    consequences: [{ kind: 'scale', text: '1 pod fewer' }],
    source: 'charts/catalog/templates/deployment.yaml',
    digest: `digest-${name.replace(/\W/g, '')}`.padEnd(16, 'x').slice(0, 16),
    parts: [],
    ...rest,
  };
}

function section(changes: readonly Change[], options: Partial<Plan> = {}): CommentSection & { readonly plan: Plan } {
  const plan: Plan = {
    schema: planSchema,
    environment: 'production',
    target: 'branch deploy/production of .',
    commit: { rendered: 'a'.repeat(40), head, base: 'b07d1aa'.padEnd(40, '0') },
    releases: [
      { name: 'catalog', namespace: 'shop', changes, drifted: [], untouched: 1, digest: 'd'.repeat(16), blocked: [] },
    ],
    notices: [],
    digest: 'p7QmAAAAAAAAAAAA',
    ...options,
  };
  return {
    environment: plan.environment,
    plan,
    problem: undefined,
    gate: { mode: 'merge', approvals: 1, selfApproval: false },
    approvals: { counted: [], ignored: [{ user: 'ann', why: 'is the author' }], against: [], needed: 1, enough: false },
  };
}

const shownOn = { of: 'acme%2Fshop!17', key: undefined };

function comment(sections: readonly CommentSection[], options: Partial<CommentInput> = {}): string {
  return writeComment({
    of: shownOn.of,
    sections,
    head,
    targetBranch: 'main',
    key: undefined,
    limit: 65_536,
    runUrl: undefined,
    ...options,
  });
}

/** What is left when the blocks that people unfold are taken away, and the machine's line. */
function surface(body: string): string {
  return body.replace(/```[\s\S]*?\n```/g, '').replace(/<!--[\s\S]*?-->/g, '');
}

test('says first what changes where, then what to do, then what it means', () => {
  const lines = comment([section([change()])]).split('\n');
  expect(lines[0]).toBe('## Pushgate: 1 updated in production');
  expect(lines[2]).toBe(
    '**Waiting for approval.** production asks for 1 approval by someone who may write to this repository, on <code>4f2c81e</code>. Its author does not count. Not counted: <code>ann</code> (is the author).',
  );
  expect(lines).toContain('| catalog · Deployment shop/catalog | replicas 3 → 2 | 1 pod fewer |');
});

test('is one calm line where nothing changes', () => {
  const body = comment([section([])]);
  expect(body).toContain('## Pushgate: nothing in production');
  expect(body).not.toContain('approval');
  expect(body).not.toContain('|---|');
});

test('says who was counted when it is approved', () => {
  const approved = {
    ...section([change()]),
    approvals: { counted: ['rita'], ignored: [], against: [], needed: 1, enough: true },
  };
  expect(comment([approved])).toContain(
    '**Approved** for production at <code>4f2c81e</code>. Counted: <code>rita</code>.',
  );
});

test('an environment that could not be planned is named with its problem, and the others are shown', () => {
  const failed: CommentSection = {
    environment: 'staging',
    plan: undefined,
    problem: '✖ render-failed: a.yaml:1:2',
    gate: undefined,
    approvals: undefined,
  };
  const body = comment([failed, section([change()])]);
  expect(body).toContain('no plan for staging · 1 updated in production');
  expect(body).toContain('✖ render-failed: a.yaml:1:2');
});

test('says at its foot what the forge enforces of the gate, and why where that is little', () => {
  const advisory = { grade: 'advisory', why: 'the branch asks for no approval' } as const;
  expect(comment([{ ...section([change()]), grade: advisory }])).toContain(
    'gate <code>merge</code> is advisory here (the branch asks for no approval)',
  );
  expect(comment([{ ...section([]), grade: advisory }])).not.toContain('advisory');
});

test('a deletion is not said twice', () => {
  const gone = change({ action: 'delete', fields: [], consequences: [{ kind: 'deletion', text: 'deleted' }] });
  expect(comment([section([gone])])).toContain('| **deleted** |  |');
});

describe('what a stranger wrote', () => {
  const hostile = fc
    .array(
      fc.constantFrom(
        '```',
        '````',
        '@org/team',
        '<!-- pushgate:shown:v1 x -->',
        '\n/approve\n',
        '\n/merge',
        '![i](http://x/y)',
        '[l](http://x)',
        '|',
        '<img src=x>',
        '</details>',
        '#12',
        '\r',
        '\u202e',
        'a',
        ' ',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));

  test('stays inside: no fence is closed, no mention, image, link, tag, marker or quick action comes out', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, from, to) => {
        const fields = [{ path: `data["${name}"]`, from, to, cause: 'merge-request' as const, origin: undefined }];
        const body = comment([
          section([change({ name, fields, source: name, consequences: [{ kind: 'note', text: to }] })], {
            notices: [{ severity: 'warning', text: from }],
          }),
        ]);
        const outside = surface(body);
        expect(body.match(/^```/gm)?.length ?? 0).toBe(2);
        expect(outside).not.toMatch(/@org|!\[|\]\(http|<img|`{3}/);
        expect(outside.split('<details>').length).toBe(outside.split('</details>').length);
        expect(body.split('\n').filter((line) => line.startsWith('/'))).toEqual([]);
        expect(body.match(/<!-- pushgate:shown/g)).toHaveLength(1);
        expect(readShown(body, shownOn)?.head).toBe(head);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a comment always fits', () => {
  test.each([1, 60, 500, 5000])('with %i changed objects, and says what it leaves out', (count) => {
    const changes = Array.from({ length: count }, (_, index) =>
      change({
        name: `object-${index}`,
        fields: [
          {
            path: 'spec.replicas',
            from: String(index),
            to: String(index + 1),
            cause: 'merge-request',
            origin: undefined,
          },
        ],
      }),
    );
    const body = comment([section(changes)]);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toContain(commentMarker);
    expect(body.split('<details>').length).toBe(body.split('</details>').length);
    expect(body.match(/^```/gm)?.length ?? 0).toBe((body.match(/<details>/g)?.length ?? 0) * 2);
    if (count >= 500) expect(body).toMatch(/and the lines of \d+ more objects/);
    expect(
      readShown(body, shownOn)?.environments['production']?.[shownAs('catalog', 'branch deploy/production of .')]
        ?.digest,
    ).toBe('d'.repeat(16));
  });

  test('with a problem of any length, which is cut by lines', () => {
    const problem = Array.from({ length: 5000 }, () => 'x'.repeat(1000)).join('\n');
    const [planned] = [section([])];
    const body = comment([{ ...planned, plan: undefined, problem }]);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toContain("… and 4960 more lines in the job's log");
  });

  test('the same change of many objects is one row and one block', () => {
    const changes = Array.from({ length: 200 }, (_, index) => change({ name: `object-${index}` }));
    const body = comment([section(changes)]);
    expect(body).toContain('| catalog · 200 × Deployment | replicas 3 → 2 | 1 pod fewer |');
    expect(body.match(/<details>/g)).toHaveLength(1);
  });
});

describe('environments of which the same is to be said', () => {
  const three = (['staging', 'eu', 'us'] as const).map((environment) => section([change()], { environment }));

  test('are said once, by their names', () => {
    const body = comment([...three, section([])]);
    expect(body.split('\n')[0]).toBe('## Pushgate: 1 updated in each of staging, eu and us · nothing in production');
    expect(body).toContain('staging, eu and us each ask for 1 approval');
    expect(body).toContain('| staging, eu and us | what changes | what it means |');
    expect(body.match(/replicas 3 → 2/g)).toHaveLength(1);
    expect(body.match(/<details>/g)).toHaveLength(1);
  });

  test('and all of them are shown to a later apply', () => {
    expect(Object.keys(readShown(comment(three), shownOn)?.environments ?? {})).toEqual(['staging', 'eu', 'us']);
  });

  test('stand apart as soon as one line differs', () => {
    const fields = [{ path: 'spec.replicas', from: '3', to: '4', cause: 'merge-request' as const, origin: undefined }];
    const body = comment([three[0] as CommentSection, section([change({ fields })], { environment: 'eu' })]);
    expect(body).toContain('| staging | what changes');
    expect(body).toContain('| eu | what changes');
  });
});

describe('a fleet', () => {
  /** So many environments with so many releases, each with a change of its own under the longest of names. */
  function fleet(environments: number, releases: number): readonly CommentSection[] {
    return Array.from({ length: environments }, (_, e) =>
      section([], {
        environment: `environment-${e}`,
        releases: Array.from({ length: releases }, (_, r) => ({
          name: `service-${r}`,
          namespace: 'shop',
          changes: [
            change({
              name: `${'x'.repeat(240)}-${r}`,
              consequences: [{ kind: 'restart', text: `restarts ${e} pods` }],
            }),
          ],
          drifted: [],
          untouched: 3,
          digest: `${e}-${r}`.padEnd(16, 'd'),
          blocked: [],
        })),
      }),
    );
  }

  test.each([
    [3, 20],
    [20, 20],
    [60, 5],
  ])(
    'of %i environments with %i releases fits, and every release is shown to a later apply',
    (environments, releases) => {
      const body = comment(fleet(environments, releases));
      expect(body.length).toBeLessThanOrEqual(65_536);
      const shown = readShown(body, shownOn)?.environments ?? {};
      expect(Object.values(shown).flatMap((one) => Object.keys(one))).toHaveLength(environments * releases);
    },
  );

  test('of which not even the digests fit is not shown for approval at all, and that is the first thing said', () => {
    const body = comment(fleet(60, 60));
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.split('\n')[2]).toContain('More releases change than one comment can show');
    expect(readShown(body, shownOn)).toBeUndefined();
  });
});

test('what is taken over as it is has no lines: the label of its release is no news', () => {
  const label = { path: 'metadata.labels["applyset.kubernetes.io/part-of"]', from: undefined, to: 'applyset-1' };
  const fields = [{ ...label, cause: 'merge-request' as const, origin: undefined }];
  const consequences = [{ kind: 'note' as const, text: 'taken over from Helm (release catalog)' }];
  const body = comment([section([change({ action: 'adopt', fields, consequences })])]);
  expect(body).toContain('| taken over as it is | taken over from Helm (release catalog) |');
  expect(body).not.toContain('<details>');
});
