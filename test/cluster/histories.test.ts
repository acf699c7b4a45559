import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { discover } from '../../src/cluster/read/discovery.ts';
import { readRevisions } from '../../src/cluster/read/helm-record.ts';
import { pathOf, readObject } from '../../src/cluster/read/objects.ts';
import { observeRelease } from '../../src/cluster/read/observe.ts';
import { readParent } from '../../src/cluster/read/parent.ts';
import { applyContentType, applyQuery } from '../../src/cluster/read/predict.ts';
import { placeOf } from '../../src/cluster/read/prepare.ts';
import { viewCluster } from '../../src/cluster/read/view.ts';
import { compare } from '../../src/plan/compare.ts';
import { normalise } from '../../src/plan/normalise.ts';
import { formatPath } from '../../src/plan/path.ts';
import {
  formatKey,
  type Json,
  type JsonObject,
  keyId,
  keyOf,
  type Resource,
  valueAt,
} from '../../src/resource/resource.ts';
import { oracle } from '../bed/bed.ts';
import { kubectl } from '../bed/namespaces.ts';
import { describeOnBed } from '../bed/suites.ts';
import { seededDraw } from '../oracle/random-calls.ts';
import { reportFigure } from '../support/figures.ts';
import { editByHand, editChart, type HandEdit, type Part, render, unnamed, widgetDefinition } from './history-edits.ts';
import { clientOf, type Planned, plan } from './support.ts';
import { newNamespace } from './trials.ts';

const run = promisify(execFile);

/** HISTORIES_SEED and HISTORIES_STEPS repeat or widen a run. */
const firstSeed = Number(process.env['HISTORIES_SEED'] ?? 1);
const stepsWanted = Number(process.env['HISTORIES_STEPS'] ?? 1000);
const histories = 8;

/**
 * What the server makes of an object when it is really written, and cannot say when it is only tried; and what its
 * controllers add a moment later. Everything else has to be as it was predicted.
 */
const serverMade: readonly { readonly kind: string; readonly path: RegExp; readonly why: string }[] = [
  { kind: 'Service', path: /^spec\.clusterIPs?\b/, why: 'given out of the range' },
  { kind: 'Service', path: /^spec\.ports.*nodePort$/, why: 'given out of the range' },
  {
    kind: 'Deployment',
    path: /^metadata\.annotations(\["deployment\.kubernetes\.io\/revision"\])?$/,
    why: 'counted by the controller',
  },
];

interface Tally {
  steps: number;
  byHand: number;
  applies: number;
  written: number;
  compared: number;
  drifts: number;
  /** Objects that were applied and would not be changed by another apply, asked without trusting any seal. */
  settled: number;
  refused: number;
  /** Upgrades and rollbacks by the real Helm. */
  byHelm: number;
  readonly kinds: Map<string, number>;
  readonly tools: Map<string, number>;
  readonly serverMade: Set<string>;
  readonly wrong: string[];
}

describeOnBed('histories of edits by several managers', (bed) => {
  /** One release in a namespace of its own, edited and applied until its share of the steps is done. */
  async function live(seed: number, steps: number, tally: Tally): Promise<void> {
    const client = clientOf(bed(), 'administrator');
    const namespace = newNamespace();
    const draw = seededDraw(seed);
    const send = async (request: Parameters<typeof client.send>[0]): Promise<number> =>
      (await client.send(request)).status;
    await send(created('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
    const foreign = configMaps(namespace);
    await send(
      created(foreign, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'foreign' }, data: { x: '1' } }),
    );
    let parts: readonly Part[] = [];
    let applied: readonly Resource[] = [];
    /** By object: the tool that changed it last since it was written, where the drift report has to name one. */
    const expected = new Map<string, string>();
    /** Objects and the tools that have applied to them. */
    const appliers = new Set<string>();
    /** Objects of which it cannot be told any more who changed them, or whether. */
    const uncertain = new Set<string>();
    const wrong = (text: string): void => void tally.wrong.push(`seed ${seed}, step ${tally.steps}: ${text}`);
    let done = 0;
    const step = (): number => {
      done += 1;
      tally.steps += 1;
      return tally.steps;
    };

    const byHand = async (objects: readonly Resource[]): Promise<HandEdit | undefined> => {
      const target = objects[draw(objects.length)];
      if (target === undefined) return undefined;
      const edit = editByHand(target, namespace, draw, step());
      // Whoever applies to what is gone makes it anew, and that is another story.
      if (expected.get(edit.id) === 'deleted') return undefined;
      if (edit.once && (expected.has(edit.id) || uncertain.has(edit.id))) return undefined;
      for (const request of edit.requests) {
        const status = await send(request);
        // A rollback of Helm's may have deleted it, and a part of an object cannot be made.
        if (status === 404 || (status === 422 && uncertain.has(edit.id))) return undefined;
        if (status >= 300) wrong(`the edit by hand was answered with ${status}: ${JSON.stringify(request)}`);
      }
      tally.byHand += 1;
      count(tally.tools, edit.forgets ? 'managedFields cleared' : (edit.tool ?? 'a field of their own'));
      if (edit.forgets) {
        uncertain.add(edit.id);
        expected.delete(edit.id);
        return edit;
      }
      if (edit.tool !== undefined) expected.set(edit.id, edit.tool);
      // A second apply of the same tool takes away what only its first one set, and then nobody has set it.
      const by = edit.appliedBy === undefined ? undefined : `${edit.id} ${edit.appliedBy}`;
      if (by !== undefined && appliers.has(by) && expected.has(edit.id)) expected.set(edit.id, unnamed);
      if (by !== undefined) appliers.add(by);
      return edit;
    };

    while (done < steps) {
      const charts = 1 + draw(3);
      for (let count = 0; count < charts; count++) {
        const drifted = parts.findIndex(({ name }) =>
          [...expected.keys(), ...uncertain].some((id) => id.endsWith(`/${name}`)),
        );
        parts = editChart(parts, draw, step(), drifted);
      }
      for (let count = draw(5); count > 0 && applied.length > 0; count--) await byHand(applied);
      if (draw(3) === 0) {
        step();
        await send(changed(`${foreign}/foreign`, { data: { x: String(tally.steps) } }));
      }
      if (tally.applies > 0 && applied.length > 0 && draw(10) === 0) await byHelm();
      await checkDrift();
      const before = await versionOf('foreign');
      const objects = parts.map(render);
      const planned = await plan({ client, namespace, objects });
      const moved = draw(8) === 0 ? await byHandAfter(planned) : undefined;
      step();
      const outcome = await planned.apply({ holder: `seed ${seed}` });
      tally.applies += 1;
      const refused = outcome.outcomes.filter(({ outcome: what }) => what === 'failed' || what === 'skipped');
      if (moved === undefined && (refused.length > 0 || outcome.problem !== undefined || outcome.notReady.length > 0)) {
        wrong(
          `the apply did not come through: ${JSON.stringify(outcome.outcomes.map(({ key, outcome: what, problem }) => [key.name, what, problem?.message, problem?.excerpt]))} ${outcome.problem?.message ?? ''} ${JSON.stringify(outcome.notReady)}`,
        );
        return;
      }
      tally.refused += refused.length;
      const written = new Set(
        outcome.outcomes
          .filter(({ outcome: what }) => what !== 'failed' && what !== 'skipped')
          .map(({ key }) => keyId(key)),
      );
      tally.written += written.size;
      await checkPrediction(planned, written);

      for (const id of written) {
        expected.delete(id);
        uncertain.delete(id);
      }
      if (moved !== undefined) {
        // Notes on who set what are no part of what was planned.
        const hit = moved.forgets ? undefined : outcome.outcomes.find(({ key }) => keyId(key) === moved.id);
        if (hit !== undefined && (hit.outcome !== 'failed' || hit.problem?.reason !== 'conflict'))
          wrong(`${moved.id} was changed after the plan, and it is ${hit.outcome} (${hit.problem?.message ?? ''})`);
        const again = await (await plan({ client, namespace, objects })).apply({ holder: `seed ${seed}` });
        if (again.revision === undefined)
          wrong(`the apply after a refusal did not come through: ${again.problem?.message ?? ''}`);
        for (const { key } of again.outcomes) {
          expected.delete(keyId(key));
          uncertain.delete(keyId(key));
        }
      }
      applied = objects;
      // What the chart no longer has and somebody deleted is nobody's any more.
      const rendered = new Set(objects.map((object) => keyId({ ...keyOf(object), namespace })));
      for (const id of [...expected.keys(), ...uncertain])
        if (!rendered.has(id)) {
          expected.delete(id);
          uncertain.delete(id);
        }
      if (moved === undefined) await checkSettled(planned);
      if ((await versionOf('foreign')) !== before) wrong('the foreign object was touched');
      const { release } = await plan({ client, namespace, objects });
      if (release.changes.length > 0)
        wrong(
          `a second plan has ${release.changes.map(({ action, key, fields }) => `${action} ${formatKey(key)} ${fields.map(({ path, from, to }) => `${path} ${JSON.stringify(from)} → ${JSON.stringify(to)}`).join(', ')}`).join('; ')}`,
        );
    }
    await send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, repeatable: 'once' });

    async function versionOf(name: string): Promise<Json | undefined> {
      const answer = await client.send({ method: 'GET', path: `${foreign}/${name}`, repeatable: 'repeatable' });
      return valueAt(answer.body, ['metadata', 'resourceVersion']);
    }

    /** Somebody is quicker: an object of the plan is changed before it is applied. */
    async function byHandAfter({ work }: Planned): Promise<HandEdit | undefined> {
      const updates = work.writes
        .filter(({ change }) => change.action === 'update')
        .flatMap(({ live: one }) => one ?? []);
      return await byHand(updates.filter(({ kind }) => kind !== 'Secret'));
    }

    /** Every edit of a rendered field is named with its tool, and nothing is that nobody did. */
    async function checkDrift(): Promise<void> {
      const parent = await readParent(client, { name: 'catalog', namespace });
      if (parent === undefined) return;
      const view = viewCluster(client, await discover(client));
      const observed = await observeRelease(view, parent);
      const differing = observed.filter(
        ({ recorded, live: now }) => now === undefined || compare(normalise(recorded), normalise(now)).length > 0,
      );
      const found = new Map(differing.map((one) => [keyId(one.key), one]));
      for (const [id, tool] of expected) {
        if (uncertain.has(id)) continue;
        tally.drifts += 1;
        const one = found.get(id);
        const named = one?.live === undefined ? ['deleted'] : one.edits.map(({ who }) => who);
        if (one === undefined || (tool !== unnamed && !named.includes(tool)))
          wrong(`drift of ${id} by ${tool} is told as ${one === undefined ? 'none' : named.join(', ')}`);
      }
      for (const [id, one] of found) {
        if (expected.has(id) || uncertain.has(id)) continue;
        const fields =
          one.live === undefined
            ? ['gone']
            : compare(normalise(one.recorded), normalise(one.live)).map(({ path }) => formatPath(path));
        wrong(`${id} is told to have drifted, and nobody changed it: ${fields.join(', ')}`);
      }
    }

    /** Another apply of what nobody is known to have changed would change nothing, whatever its seal says. */
    async function checkSettled({ facts }: Planned): Promise<void> {
      const discovery = await discover(client);
      await Promise.all(
        facts.objects.map(async ({ key, desired }) => {
          if (desired === undefined || expected.has(keyId(key)) || uncertain.has(keyId(key))) return;
          const path = pathOf(placeOf(discovery, desired, undefined));
          const now = await client.send({ method: 'GET', path, repeatable: 'repeatable' });
          const { status: _, ...body } = desired as JsonObject;
          const again = await client.send({
            method: 'PATCH',
            path,
            query: { ...applyQuery, dryRun: 'All' },
            contentType: applyContentType,
            body,
            repeatable: 'repeatable',
          });
          if (now.status >= 300 || again.status >= 300)
            return wrong(`${keyId(key)} is gone or refused: ${now.status} ${again.status}`);
          tally.settled += 1;
          for (const { path: field, from, to } of compare(
            normalise(now.body as Resource),
            normalise(again.body as Resource),
          ))
            wrong(`${keyId(key)} ${formatPath(field)} is ${JSON.stringify(from)} and would be ${JSON.stringify(to)}`);
        }),
      );
    }

    /** The release in the hands of the real Helm: back to the revision before, or on with labels of its own. */
    async function byHelm(): Promise<void> {
      const helm = oracle('helm');
      if (helm.path === undefined) return;
      step();
      const flags = ['--namespace', namespace, '--kubeconfig', bed().kubeconfigs.administrator];
      const revisions = await readRevisions(client, { name: 'catalog', namespace });
      const words =
        revisions.length > 1 && draw(2) === 0
          ? ['rollback', 'catalog']
          : ['upgrade', 'catalog', chartOf(applied, `helm-${tally.steps}`)];
      try {
        await run(helm.path, [...words, ...flags]);
      } catch (error) {
        wrong(`helm ${words.join(' ')} failed: ${(error as Error).message}`);
      }
      tally.byHelm += 1;
      for (const object of applied) uncertain.add(keyId({ ...keyOf(object), namespace }));
    }

    /** What was written is as it was predicted, and what was not is as it was. */
    async function checkPrediction({ facts }: Planned, written: ReadonlySet<string>): Promise<void> {
      const discovery = await discover(client);
      await Promise.all(
        facts.objects.map(async ({ key, desired, predicted, live: seen }) => {
          const id = keyId(key);
          const shape = desired ?? seen;
          if (shape === undefined || !written.has(id)) return;
          const now = await readObject(client, placeOf(discovery, shape, undefined));
          tally.compared += 1;
          count(tally.kinds, key.kind);
          if (desired === undefined) {
            if (now !== undefined && now.metadata['deletionTimestamp'] === undefined)
              wrong(`${id} was to be deleted and is there`);
            return;
          }
          if (now === undefined || predicted === undefined) return wrong(`${id} was written and is gone`);
          // Of a Secret only metadata is read, on both sides.
          const sides = key.kind === 'Secret' ? [metadataOf(predicted), metadataOf(now)] : [predicted, now];
          const [one, other] = sides.map((side) => normalise(side as Resource));
          for (const { path, from, to } of compare(one, other)) {
            const text = formatPath(path);
            const rule = serverMade.find(({ kind, path: made }) => kind === key.kind && made.test(text));
            if (rule === undefined)
              wrong(`${id} ${text} was predicted as ${JSON.stringify(from)} and is ${JSON.stringify(to)}`);
            else tally.serverMade.add(`${key.kind} ${text.replace(/\[[^\]]*\]/g, '[]')} (${rule.why})`);
          }
        }),
      );
    }
  }

  beforeAll(() => {
    kubectl(bed(), ['apply', '--server-side', '-f', '-'], { input: JSON.stringify(widgetDefinition) });
    const name = `crd/${widgetDefinition.metadata.name}`;
    kubectl(bed(), ['wait', '--for=condition=Established', '--timeout=30s', name]);
  });
  afterAll(() => {
    kubectl(bed(), ['delete', 'crd', '--wait=false', widgetDefinition.metadata.name]);
  });

  test('are as they were predicted, leave nothing to do, and name who changed what', async () => {
    const tally: Tally = {
      steps: 0,
      byHand: 0,
      applies: 0,
      written: 0,
      compared: 0,
      drifts: 0,
      settled: 0,
      refused: 0,
      byHelm: 0,
      kinds: new Map(),
      tools: new Map(),
      serverMade: new Set(),
      wrong: [],
    };
    const started = performance.now();
    const seeds = Array.from({ length: histories }, (_, index) => firstSeed + index);
    await Promise.all(seeds.map((seed) => live(seed, Math.ceil(stepsWanted / histories), tally)));
    reportFigure(
      `histories: ${tally.steps} steps (seeds ${seeds.join(' ')}): ${tally.byHand} edits by hand, ${tally.byHelm} by the real helm, ${tally.applies} applies, ` +
        `${tally.written} objects written and all ${tally.compared} compared with their prediction, ${tally.settled} applied again to no change, ` +
        `${tally.refused} refused because they moved after the plan, drift named ${tally.drifts} times, ` +
        `${tally.wrong.length} wrong (${Math.round((performance.now() - started) / 1000)} s)`,
    );
    reportFigure(`histories: by hand: ${countsOf(tally.tools)}`);
    reportFigure(`histories: compared: ${countsOf(tally.kinds)}`);
    reportFigure(`histories: made by the server, not predicted: ${[...tally.serverMade].sort().join('; ')}`);
    expect(tally.wrong).toEqual([]);
    expect(tally.compared).toBe(tally.written);
    expect(tally.steps).toBeGreaterThanOrEqual(stepsWanted);
  }, 900_000);
});

/** A chart that renders these objects with another label. */
function chartOf(objects: readonly Resource[], tier: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-history-'));
  mkdirSync(join(folder, 'templates'));
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: catalog\nversion: 1.0.0\n');
  const labelled = objects.map(({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, labels: { ...(metadata['labels'] as JsonObject), tier } },
  }));
  writeFileSync(join(folder, 'templates/all.yaml'), labelled.map((one) => `---\n${JSON.stringify(one)}\n`).join(''));
  return folder;
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function countsOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([what, times]) => `${what} ${times}`)
    .join(', ');
}

function configMaps(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

function created(path: string, body: Json) {
  return { method: 'POST', path, body, repeatable: 'once' } as const;
}

function changed(path: string, body: Json) {
  return { method: 'PATCH', path, body, contentType: 'application/merge-patch+json', repeatable: 'once' } as const;
}

function metadataOf({ apiVersion, kind, metadata }: Resource): Resource {
  return { apiVersion, kind, metadata };
}
