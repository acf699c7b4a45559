import { expect, test } from '@jest/globals';
import { findDrift } from '../drift/drift.ts';
import { keyOf, type Resource } from '../resource/resource.ts';
import { type History, historyText } from './history-text.ts';
import { ago, type EnvironmentStatus, statusText } from './status-text.ts';

const now = new Date('2026-11-20T18:41:00Z');
const hold = { reason: 'freeze until\nMonday', by: 'ada', time: '2026-11-20T16:41:00.000Z' };

function object(kind: string, name: string, replicas: number): Resource {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, spec: { replicas } };
}

function status(): EnvironmentStatus {
  const [deployment, service, extra] = [
    object('Deployment', 'catalog', 2),
    object('Service', 'catalog', 1),
    object('Pod', 'extra', 1),
  ];
  const observed = [
    { recorded: deployment, live: object('Deployment', 'catalog', 5) },
    { recorded: service, live: service },
    { recorded: undefined, live: extra },
  ].map(({ recorded, live }) => ({ key: keyOf(live), recorded, live, where: 'f', edits: [] }));
  return {
    schema: 'pushgate.dev/status/v1',
    environment: 'production',
    target: 'branch deploy/production of this repository',
    releases: [
      {
        name: 'catalog',
        applied: {
          revision: 14,
          commit: '4f2c81e'.padEnd(40, '0'),
          subject: 'Two replicas',
          author: 'Ada',
          mergeRequests: [17],
          time: '2026-11-20T16:41:00Z',
        },
        hold,
        objects: [deployment, service].map((one) => ({ key: keyOf(one), health: undefined, children: [] })),
      },
      { name: 'cart', applied: undefined, hold: undefined, objects: [] },
    ],
    drift: findDrift({
      environment: { name: 'production', drift: { mode: 'report', ignore: [] } },
      target: '',
      releases: [{ name: 'catalog', objects: observed, unreadable: [] }],
      mask: { secrets: [], key: undefined },
      now,
    }),
  };
}

test('status says what is applied, since when, what drifted and what is held', () => {
  expect(statusText(status(), { style: 'plain', detail: 'tree', now })).toBe(
    `production  branch deploy/production of this repository
  catalog  revision 14, 4f2c81e "Two replicas" by Ada (!17), applied 2 hours ago  2 objects drifted
           on hold since 2026-11-20 16:41 UTC by ada: freeze until Monday
  ├─ Deployment shop/catalog  changed by hand
  ├─ Pod shop/extra  added by hand
  └─ Service shop/catalog
  cart     never applied`,
  );
});

test('status says how a release is, worst first, and a tree how each object is', () => {
  const key = (kind: string, name: string) => ({ group: '', kind, namespace: 'shop', name });
  const node = (kind: string, name: string, state: 'ready' | 'progressing' | 'failed', message = '') => ({
    key: key(kind, name),
    health: { state, message },
    children: [],
  });
  const [first] = status().releases;
  if (first === undefined) throw new Error('there is one');
  const text = (...objects: ReturnType<typeof node>[]) => {
    const releases = [{ ...first, hold: undefined, objects }];
    const drift = { ...status().drift, findings: [] };
    return statusText({ ...status(), releases, drift }, { style: 'plain', detail: 'summary', now }).split('\n')[1];
  };
  expect(text(node('Service', 'web', 'ready'))).toMatch(/as applied, healthy$/);
  expect(text(node('Deployment', 'web', 'progressing', '1 of 3 ready'), node('Service', 'web', 'ready'))).toMatch(
    /as applied, progressing: Deployment shop\/web 1 of 3 ready$/,
  );
  const bad = [
    node('Deployment', 'web', 'progressing'),
    node('Job', 'a', 'failed', 'too many'),
    node('Job', 'b', 'failed'),
  ];
  expect(text(...bad)).toMatch(/failed: Job shop\/a too many and 1 more$/);
});

test('history is a table of revisions, newest first', () => {
  const history: History = {
    schema: 'pushgate.dev/history/v1',
    environment: 'production',
    release: 'catalog',
    hold: undefined,
    revisions: [
      {
        revision: 10,
        time: '2026-11-20T16:41:00Z',
        commit: 'a'.repeat(40),
        subject: 'Two',
        author: 'Ada',
        mergeRequests: [17, 18],
        objects: 2,
        changed: { created: ['ConfigMap shop/env'], updated: ['Deployment shop/web'], deleted: [] },
        into: '',
      },
      {
        revision: 9,
        time: '2026-11-19T16:41:00Z',
        commit: 'b'.repeat(40),
        subject: undefined,
        author: undefined,
        mergeRequests: [],
        objects: 1,
        changed: undefined,
        into: '',
      },
    ],
  };
  expect(historyText(history, { style: 'plain' })).toBe(
    `catalog in production
  10  2026-11-20 16:41 UTC  aaaaaaa "Two" by Ada  !17 !18  ~ Deployment shop/web, + ConfigMap shop/env  current
  9   2026-11-19 16:41 UTC  bbbbbbb                        1 object`,
  );
});

test.each([
  ['2026-11-20T18:40:30Z', 'just now'],
  ['2026-11-20T18:50:00Z', 'just now'],
  ['2026-11-20T18:39:00Z', '2 minutes ago'],
  ['2026-11-19T17:00:00Z', '1 day ago'],
  ['nonsense', 'at an unknown time'],
])('%s was %s', (time, words) => {
  expect(ago(time, now)).toBe(words);
});
