import { expect, test } from '@jest/globals';
import { type DriftReport, findDrift } from '../../drift/drift.ts';
import type { RunFacts } from '../../forge/ci.ts';
import type { Forge, Issue } from '../../forge/forge.ts';
import { keyOf, type Resource } from '../../resource/resource.ts';
import type { Host } from '../host.ts';
import { updateDriftIssues } from './drift-issues.ts';

function report(environment: string, replicas: number): DriftReport {
  const resource = (count: number): Resource => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: { replicas: count },
  });
  const object = {
    key: keyOf(resource(2)),
    recorded: resource(2),
    live: resource(replicas),
    where: undefined,
    edits: [],
  };
  return findDrift({
    environment: { name: environment, drift: { mode: 'report', ignore: [] } },
    target: 'here',
    releases: [{ name: 'cart', objects: [object], unreadable: [] }],
    mask: { secrets: [], key: undefined },
    now: new Date(0),
  });
}

interface Board {
  readonly open: Issue[];
  readonly calls: string[];
  readonly forge: Forge;
}

/** A forge that keeps issues in memory and says what was asked of it. */
function board(): Board {
  const open: Issue[] = [];
  const calls: string[] = [];
  let last = 0;
  const issues: Forge['issues'] = {
    ownOpen: async () => [...open],
    create: async ({ title, body }) => {
      last += 1;
      const issue = { id: String(last), url: `https://forge.example.test/${last}`, title, body };
      open.push(issue);
      calls.push(`create ${issue.id}`);
      return issue;
    },
    update: async (id, body, title) => {
      const at = open.findIndex((issue) => issue.id === id);
      const issue = { ...open[at]!, body, title };
      open.splice(at, 1, issue);
      calls.push(`update ${id}`);
      return issue;
    },
    close: async (id) => {
      open.splice(
        open.findIndex((issue) => issue.id === id),
        1,
      );
      calls.push(`close ${id}`);
    },
  };
  return { open, calls, forge: { issues, commentLimit: 65_536 } as unknown as Forge };
}

const schedule: RunFacts['trigger'] = { kind: 'schedule', event: 'schedule' };

async function update(
  { forge }: { readonly forge: Forge | undefined },
  reports: readonly DriftReport[],
  { issue, trigger = schedule }: { readonly issue?: string; readonly trigger?: RunFacts['trigger'] } = {},
): Promise<void> {
  const host = { given: { text: () => issue }, progress: () => undefined } as unknown as Host;
  await updateDriftIssues({ host, trigger, forge, reports });
}

test('drift opens one issue for each environment, changes it only when it says something else, and closes it at the end', async () => {
  const forge = board();
  await update(forge, [report('production', 5), report('staging', 2)]);
  await update(forge, [report('production', 5), report('staging', 3)]);
  await update(forge, [report('production', 6), report('staging', 3)]);
  expect(forge.open.map(({ title }) => title)).toEqual(['Drift in production: 1 field', 'Drift in staging: 1 field']);
  await update(forge, [report('production', 2), report('staging', 3)]);
  await update(forge, [report('production', 2), report('staging', 3)]);
  expect(forge.calls).toEqual(['create 1', 'create 2', 'update 1', 'close 1']);
});

test('a second issue that a cut-off run left behind is closed, and issues of others are not touched', async () => {
  const forge = board();
  forge.open.push({ id: 'x', url: '', title: 'Drift', body: 'my own words' });
  await update(forge, [report('production', 5)]);
  forge.open.push({ ...forge.open[1]!, id: 'y' });
  await update(forge, [report('production', 6)]);
  expect(forge.calls).toEqual(['create 1', 'close y', 'update 1']);
  expect(forge.open.map(({ id }) => id)).toEqual(['x', '1']);
});

test('merge requests and laptops write no issue unless they are told to, and never without a forge', async () => {
  const forge = board();
  await update(forge, [report('production', 5)], { trigger: { kind: 'local' } });
  await update(forge, [report('production', 5)], { issue: 'never' });
  await update({ forge: undefined }, [report('production', 5)]);
  expect(forge.calls).toEqual([]);
  await expect(update({ forge: undefined }, [report('production', 5)], { issue: 'always' })).rejects.toThrow(
    'drift issue',
  );
  await update(forge, [report('production', 5)], { issue: 'always', trigger: { kind: 'local' } });
  expect(forge.calls).toEqual(['create 1']);
});
