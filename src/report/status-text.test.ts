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
        mergeRequests: [17, 18],
        objects: 2,
        into: '',
      },
      {
        revision: 9,
        time: '2026-11-19T16:41:00Z',
        commit: 'b'.repeat(40),
        subject: undefined,
        mergeRequests: [],
        objects: 1,
        into: '',
      },
    ],
  };
  expect(historyText(history, { style: 'plain' })).toBe(
    `catalog in production
  10  2026-11-20 16:41 UTC  aaaaaaa "Two"  !17 !18  2 objects  current
  9   2026-11-19 16:41 UTC  bbbbbbb                 1 object`,
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
