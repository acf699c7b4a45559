import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DriftReport } from '../drift/drift.ts';
import type { Change, Plan } from '../plan/plan.ts';
import { planSchema } from '../plan/plan.ts';
import { driftPage, outcomePage, planPage } from './html.ts';
import { outcomeJunit, planJunit } from './junit.ts';
import { annotationsOf, codeQuality, terraformReport } from './widgets.ts';

const head = '4f2c81e'.padEnd(40, '0');
const run = { about: 'merge request 17 at 4f2c81e', runUrl: 'https://ci.example.com/1' };

function change(options: Partial<Change> & { readonly name?: string } = {}): Change {
  const { name = 'catalog', ...rest } = options;
  const origin = 'values/catalog.yaml:9 → charts/catalog/templates/deployment.yaml:18';
  return {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
    action: 'update',
    causes: ['merge-request'],
    fields: [{ path: 'spec.replicas', from: '3', to: '0', cause: 'merge-request', origin }],
    consequences: [{ kind: 'outage', text: 'stops all pods (0 replicas)' }],
    source: 'charts/catalog/templates/deployment.yaml',
    digest: 'd'.repeat(16),
    parts: [],
    ...rest,
  };
}

function plan(changes: readonly Change[], options: Partial<Plan> = {}): Plan {
  return {
    schema: planSchema,
    environment: 'production',
    target: 'cluster prod-eu',
    commit: { rendered: 'a'.repeat(40), head, base: 'b'.repeat(40) },
    releases: [
      { name: 'catalog', namespace: 'shop', changes, drifted: [], untouched: 8, digest: 'd'.repeat(16), blocked: [] },
    ],
    notices: [],
    digest: 'p'.repeat(16),
    ...options,
  };
}

function section(one: Plan): { readonly environment: string; readonly plan: Plan; readonly problem: undefined } {
  return { environment: one.environment, plan: one, problem: undefined };
}

test('the page of a plan says what changes, what it means and every line', () => {
  const page = planPage([section(plan([change()]))], run);
  expect(page).toContain('<title>Plan: 1 updated</title>');
  expect(page).toContain('<span class="danger">stops all pods (0 replicas)</span>');
  expect(page).toContain('<span class="minus">-   replicas: 3</span>');
  expect(page).toContain('1 updated, 8 objects untouched');
  expect(page).toContain('<a href="https://ci.example.com/1">run</a>');
});

test('an environment without a plan says why', () => {
  const page = planPage([{ environment: 'staging', plan: undefined, problem: '✖ unreachable: staging' }], run);
  expect(page).toContain('<p class="danger">✖ unreachable: staging</p>');
});

test('the page of an apply names what was refused and what was not', () => {
  const refusal = {
    kind: 'refuse',
    reason: 'not-shown',
    text: 'Nobody saw it',
    hint: 'Plan it',
    changes: [change()],
  } as const;
  const page = outcomePage(
    [
      {
        environment: 'production',
        target: 'cluster prod-eu',
        releases: [
          { kind: 'applied', name: 'cart', changes: [change()], into: undefined, mergeRequests: [17] },
          { kind: 'refused', name: 'catalog', refusal },
        ],
      },
    ],
    run,
  );
  expect(page).toContain('<title>Apply: 1 applied, 1 refused</title>');
  expect(page).toContain('<span class="danger">not applied: not-shown</span>');
});

const calm: DriftReport = {
  schema: 'pushgate.dev/drift/v1',
  environment: 'production',
  target: 'cluster',
  findings: [],
  ignored: 0,
  expired: [],
  handMade: [],
  proposals: [],
  since: undefined,
  digest: '',
};

test('no drift is said in so many words', () => {
  const page = driftPage([calm], run);
  expect(page).toContain('<title>Drift: none</title>');
  expect(page).toContain('What is there is what was applied.');
});

test('a page of drift shows apart what people added beside what is rendered', () => {
  const key = { group: '', kind: 'Service', namespace: 'shop', name: 'web' };
  const rule = { kind: 'Service', name: 'web', namespace: 'shop', path: 'metadata.labels.team', reason: 'ops' };
  const added = {
    ...{ release: 'catalog', key, path: 'metadata.labels.team', live: 'ops', who: 'kubectl label' },
    ...{ when: '2026-11-20T17:03:00Z', rule: { ...rule, until: '2027-02-18' } },
  };
  const page = driftPage([{ ...calm, handMade: [added] }], run);
  expect(page).toContain('<title>Drift: none</title>');
  for (const text of ['1 added by hand, which nobody renders', 'kubectl label, 2026-11-20 17:03 UTC'])
    expect(page).toContain(text);
});

describe('what a stranger wrote', () => {
  const hostile = fc
    .array(
      fc.constantFrom(
        '</script>',
        '<script>alert(1)</script>',
        '"',
        "'",
        '<img src=x onerror=y>',
        '&lt;',
        ']]>',
        '\u0000',
        '\ud800',
        '\n',
        'a',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join(''));

  test('stays text on the page and in JUnit', () => {
    fc.assert(
      fc.property(hostile, hostile, (name, value) => {
        const fields = [
          { path: `data["${name}"]`, from: value, to: name, cause: 'merge-request' as const, origin: value },
        ];
        const hostilePlan = plan(
          [change({ name, fields, source: value, consequences: [{ kind: 'rights', text: value }] })],
          {
            environment: name,
            target: value,
            notices: [{ severity: 'danger', text: name }],
          },
        );
        const page = planPage([section(hostilePlan)], { about: value, runUrl: `javascript:${name}` });
        expect(page.match(/<script>/g)).toHaveLength(1);
        expect(page).not.toMatch(/<img|href="javascript|onerror=y>/);
        const xml = planJunit([section(hostilePlan)]);
        expect(
          xml.replace(
            /<\/?(?:testsuites?|testcase|system-out|failure|error)(?: [\w]+="[^"<]*")*\/?>|<\?xml[^>]*\?>/g,
            '',
          ),
        ).not.toMatch(/[<\u0000\ud800]/);
      }),
      { numRuns: 200 },
    );
  });
});

test('JUnit has a failure for what is refused and an error for what cannot be known', () => {
  const refusal = { kind: 'refuse', reason: 'not-shown', text: 'Nobody saw it', hint: 'Plan it', changes: [] } as const;
  const xml = outcomeJunit([
    { environment: 'production', target: 'x', releases: [{ kind: 'refused', name: 'catalog', refusal }] },
  ]);
  expect(xml).toContain('<testsuite name="production" tests="1" failures="1" errors="0">');
  expect(xml).toContain('<failure type="not-shown" message="not-shown">Nobody saw it. Plan it</failure>');
  const none = planJunit([{ environment: 'staging', plan: undefined, problem: '✖ unreachable' }]);
  expect(none).toContain('<error type="no-plan" message="no-plan">✖ unreachable</error>');
});

describe('notes on lines', () => {
  test('stand where the merge request sets a dangerous value, once for environments that agree', () => {
    const plans = [plan([change()]), plan([change()], { environment: 'staging' })];
    expect(annotationsOf(plans)).toEqual([
      {
        file: 'values/catalog.yaml',
        line: 9,
        title: 'Deployment shop/catalog',
        text: 'Deployment shop/catalog: replicas 3 → 0: stops all pods (0 replicas) (production, staging)',
      },
    ]);
  });

  test.each([
    ['harmless', change({ consequences: [{ kind: 'scale', text: '1 pod fewer' }] })],
    ['of another merge request', change({ causes: ['waiting'] })],
    ['without a line', change({ fields: [] })],
    [
      'outside the repository',
      change({ fields: [{ path: 'a', from: '1', to: '2', cause: 'merge-request', origin: '../x.yaml:1' }] }),
    ],
  ])('leave out what is %s', (_what, one) => {
    expect(annotationsOf([plan([one])])).toEqual([]);
  });

  test('have a fingerprint that stays for GitLab', () => {
    const [entry] = JSON.parse(codeQuality(annotationsOf([plan([change()])]))) as readonly Record<string, unknown>[];
    expect(entry).toMatchObject({
      check_name: 'pushgate',
      severity: 'major',
      location: { path: 'values/catalog.yaml', lines: { begin: 9 } },
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });
});

test('GitLab’s widget counts what is created, updated and deleted', () => {
  const changes = [change(), change({ action: 'create' }), change({ action: 'replace' }), change({ action: 'delete' })];
  expect(JSON.parse(terraformReport([plan(changes)]))).toEqual({ create: 1, update: 2, delete: 1 });
});
