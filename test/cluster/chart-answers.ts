/**
 * Strangers' charts on a real API server: whether a prediction is what `kubectl apply --server-side --dry-run=server`
 * answers, and whether the one that is computed here is the server's. Nothing cluster-wide but definitions is written.
 */
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import type { Client } from '../../src/cluster/read/client.ts';
import { type Discovery, discover } from '../../src/cluster/read/discovery.ts';
import { formatJson, parseJson } from '../../src/cluster/read/json.ts';
import { keyOfPlace, type ObjectPlace, pathOf, readObject } from '../../src/cluster/read/objects.ts';
import { openApi } from '../../src/cluster/read/openapi.ts';
import { applyContentType, applyQuery, type Predicted, predictNow } from '../../src/cluster/read/predict.ts';
import { placeOf } from '../../src/cluster/read/prepare.ts';
import { template } from '../../src/commands/helm/template-core.ts';
import { applyLocally } from '../../src/fields/local-apply.ts';
import { compare, type Difference } from '../../src/plan/compare.ts';
import { normalise } from '../../src/plan/normalise.ts';
import { formatPath } from '../../src/plan/path.ts';
import { differsInRendered } from '../../src/plan/prediction.ts';
import { Problem } from '../../src/problem.ts';
import { isMarkedHook } from '../../src/resource/hook.ts';
import {
  formatKey,
  isList,
  isObject,
  type JsonObject,
  keyId,
  keyOf,
  type Resource,
} from '../../src/resource/resource.ts';
import { readYamlDocuments } from '../../src/yaml/index.ts';
import type { Bed } from '../bed/bed.ts';
import { oracle } from '../bed/bed.ts';
import { logins } from '../bed/logins.ts';
import { dropNamespace, kubectl, makeNamespace } from '../bed/namespaces.ts';
import type { seededDraw } from '../oracle/random-calls.ts';
import { base64, kubeconfig } from './kubeconfigs.ts';
import { changed } from './random-edit.ts';
import { clientOf } from './support.ts';

export interface Answers {
  charts: number;
  /** Charts that do not render with their defaults, Helm's own neither. */
  unrendered: number;
  readonly kubectl: {
    objects: number;
    same: number;
    refusedByBoth: number;
    /** What kubectl answers otherwise when it is asked twice. */
    readonly drawn: string[];
    readonly different: string[];
  };
  /** The same render again, and random changes of it, on objects that are there. */
  readonly here: Record<'again' | 'changed', Here>;
}

interface Here {
  compared: number;
  same: number;
  /** The server adds only what nobody rendered; by field, how often. */
  onlyAdded: number;
  refused: number;
  readonly added: Map<string, number>;
  readonly different: string[];
}

export function noAnswers(): Answers {
  const here = (): Here => ({ compared: 0, same: 0, onlyAdded: 0, refused: 0, added: new Map(), different: [] });
  return {
    charts: 0,
    unrendered: 0,
    kubectl: { objects: 0, same: 0, refusedByBoth: 0, drawn: [], different: [] },
    here: { again: here(), changed: here() },
  };
}

export interface CompareChart {
  readonly bed: Bed;
  /** Folder of the chart. */
  readonly folder: string;
  readonly draw: ReturnType<typeof seededDraw>;
  /** Random changes of each object that is there. */
  readonly edits: number;
}

/** Adds what this chart's objects show to the answers. */
export async function compareChart(answers: Answers, options: CompareChart): Promise<void> {
  const { bed, folder } = options;
  const namespace = makeNamespace(bed);
  const name = basename(folder);
  const flags = ['--namespace', namespace, '--no-hooks', '--include-crds', '--kube-version', '1.36.0'];
  const rendered = await template(['rel', folder, ...flags], { directory: folder });
  const text = new TextDecoder().decode(rendered.stdout);
  if (rendered.exit !== 0) {
    answers.unrendered += 1;
    dropNamespace(bed, namespace);
    return;
  }
  answers.charts += 1;
  const client = clientOf(bed, 'administrator');
  const objects = objectsOf(text);
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const others = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
  const compareTo = (of: readonly Resource[], input: string) =>
    compareAll(
      { client, name, namespace, objects: of, input, ask: (text) => askKubectl(bed, text, namespace) },
      answers,
    );
  try {
    if (definitions.length > 0) await compareTo(definitions, listOf(definitions));
    await establish(bed, definitions);
    await compareTo(others, text);
    const discovery = await discover(client);
    const own = placesOf(discovery, objects, namespace).filter(({ place }) => place.namespace === namespace);
    const there: Placed[] = [];
    for (const one of own) if (await isApplied(client, one)) there.push(one);
    await compareHere({ ...options, client, name, there }, answers);
  } finally {
    if (definitions.length > 0)
      kubectl(bed, [
        'delete',
        'crd',
        '--ignore-not-found',
        '--wait=false',
        ...definitions.map((one) => one.metadata.name),
      ]);
    dropNamespace(bed, namespace);
  }
}

function objectsOf(text: string): readonly Resource[] {
  const read = readYamlDocuments(text).map(({ value }) => value) as unknown as readonly Resource[];
  return read
    .flatMap((one) => (isObject(one) && one.kind === 'List' && isList(one['items']) ? one['items'] : [one]))
    .filter((one): one is Resource => isObject(one) && isObject(one['metadata']))
    .filter((one) => !isMarkedHook(one));
}

/** Definitions are there for every chart of a run, as in a cluster. */
async function establish(bed: Bed, definitions: readonly Resource[]): Promise<void> {
  if (definitions.length === 0) return;
  kubectl(bed, ['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: listOf(definitions) });
  const names = definitions.map(({ metadata }) => `crd/${metadata.name}`);
  kubectl(bed, ['wait', '--for=condition=Established', '--timeout=30s', ...names]);
}

function listOf(items: readonly Resource[]): string {
  return formatJson({ apiVersion: 'v1', kind: 'List', items });
}

interface Placed {
  readonly resource: Resource;
  readonly place: ObjectPlace;
}

/** With the namespace that kubectl and Pushgate give an object that has none; kinds that are not there are left out. */
function placesOf(discovery: Discovery, objects: readonly Resource[], namespace: string): readonly Placed[] {
  return objects.flatMap((object) => {
    const info = discovery.find(object.apiVersion, object.kind);
    if (info === undefined) return [];
    const metadata = info.namespaced ? { namespace, ...object.metadata } : object.metadata;
    const resource = { ...object, metadata };
    return [{ resource, place: placeOf(discovery, resource, undefined) }];
  });
}

/** What kubectl's dry run makes of the text, by key id. Its namespace is that of its context, as for people. */
function askKubectl(bed: Bed, text: string, namespace: string): ReadonlyMap<string, Resource> {
  const program = oracle('kubectl');
  if (program.path === undefined) throw new Error(program.reason);
  const config = kubeconfig({
    cluster: { server: bed.server, 'certificate-authority-data': base64(bed.certificateAuthority) },
    user: { token: logins.administrator.token },
    namespace,
  });
  const words = ['apply', '--server-side', '--force-conflicts', '--field-manager=pushgate', '--dry-run=server'];
  // It ends with 1 where one object is refused, and has answered for the others.
  const run = spawnSync(program.path, ['--kubeconfig', config, ...words, '-o', 'json', '-f', '-'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    input: text,
  });
  if (run.stdout.trim() === '') return new Map();
  const said = parseJson(run.stdout) as JsonObject;
  const items = isList(said['items']) ? said['items'] : [said];
  return new Map((items as unknown as readonly Resource[]).map((item) => [keyId(keyOf(item)), item]));
}

interface CompareAll {
  readonly client: Client;
  readonly name: string;
  readonly namespace: string;
  readonly objects: readonly Resource[];
  readonly input: string;
  readonly ask: (input: string) => ReadonlyMap<string, Resource>;
}

async function compareAll(
  { client, name, namespace, objects, input, ask }: CompareAll,
  { kubectl: told }: Answers,
): Promise<void> {
  const theirs = ask(input);
  let second: ReadonlyMap<string, Resource> | undefined;
  const discovery = await discover(client);
  for (const { resource, place } of placesOf(discovery, objects, namespace)) {
    told.objects += 1;
    const what = `${name}: ${formatKey(keyOf(resource))}`;
    const id = keyId(keyOfPlace(place));
    // One object of a kind that is not there, and kubectl answers for none.
    const other = theirs.get(id) ?? ask(formatJson(resource)).get(id);
    const ours = await tried({ client, place, resource, live: await readObject(client, place) });
    if (ours instanceof Problem || other === undefined) {
      if (ours instanceof Problem && other === undefined) told.refusedByBoth += 1;
      else
        told.different.push(
          `${what}: ${ours instanceof Problem ? `refused here: ${ours.message} ${ours.excerpt ?? ''}` : 'refused by kubectl'}`,
        );
      continue;
    }
    const differences = differencesOf(other, ours.predicted);
    if (differences.length === 0) {
      told.same += 1;
      continue;
    }
    second ??= ask(input);
    const unstable = new Set(differencesOf(other, second.get(id) ?? other).map(({ path }) => formatPath(path)));
    const isDrawn = differences.every(({ path }) => unstable.has(formatPath(path)));
    const list = isDrawn ? told.drawn : told.different;
    list.push(`${what}: ${differences.map(isDrawn ? ({ path }) => formatPath(path) : show).join(', ')}`);
  }
}

/** Of everything that the server answers, but for when it was asked and what was said to be seen. Of Secrets Pushgate asks for metadata only. */
function differencesOf(one: Resource, other: Resource): readonly Difference[] {
  const sides = [one, other].map((side) => {
    const {
      uid: _uid,
      creationTimestamp: _time,
      managedFields: _entries,
      resourceVersion: _,
      ...metadata
    } = side.metadata;
    const whole = { ...side, metadata };
    return side.kind === 'Secret' ? { apiVersion: side.apiVersion, kind: side.kind, metadata } : whole;
  });
  return compare(sides[0] as Resource, sides[1] as Resource);
}

async function tried(
  what: Pick<Parameters<typeof predictNow>[0], 'client' | 'place' | 'resource' | 'live'>,
): Promise<Predicted | Problem> {
  try {
    return await predictNow({ ...what, source: undefined, origin: undefined });
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

async function isApplied(client: Client, { place, resource }: Placed): Promise<boolean> {
  const { status: _, ...body } = resource as JsonObject;
  const request = { path: pathOf(place), query: applyQuery, contentType: applyContentType, body };
  return (await client.send({ method: 'PATCH', repeatable: 'repeatable', ...request })).status < 300;
}

interface CompareHere extends CompareChart {
  readonly client: Client;
  readonly name: string;
  readonly there: readonly Placed[];
}

async function compareHere({ client, name, there, draw, edits }: CompareHere, { here }: Answers): Promise<void> {
  const types = openApi(client);
  const compareOne = async (to: Here, { place, resource: recorded }: Placed, next: Resource): Promise<void> => {
    const live = await readObject(client, place);
    const said = live && (await tried({ client, place, resource: next, live }));
    if (said === undefined || said instanceof Problem || said.replacement !== undefined || said.refusal !== undefined) {
      to.refused += 1;
      return;
    }
    // Of a Secret only metadata is known.
    if (said.live === undefined || place.info.kind === 'Secret') return;
    to.compared += 1;
    const mine = applyLocally({ desired: next, live: said.live, recorded, type: await types(place.info) });
    const differences = compare(normalise(mine), normalise(said.predicted));
    if (differences.length === 0) to.same += 1;
    else if (differsInRendered(next, { here: mine, server: said.predicted }) === undefined) {
      to.onlyAdded += 1;
      for (const { path } of differences) {
        const field = `${next.kind} ${formatPath(path).replace(/\[[^\]]*\]/g, '[]')}`;
        to.added.set(field, (to.added.get(field) ?? 0) + 1);
      }
    } else to.different.push(`${name}: ${formatKey(keyOf(next))}: ${differences.map(show).join(', ')}`);
  };
  for (const one of there) {
    await compareOne(here.again, one, one.resource);
    for (let count = 0; count < edits; count++) {
      const edit = { place: draw(1_000_000), how: draw(2) === 0 ? 'drop' : 'alter' } as const;
      await compareOne(here.changed, one, changed(one.resource, edit));
    }
  }
}

function show({ path, from, to }: Difference): string {
  const text = (value: typeof from): string => (value === undefined ? 'nothing' : formatJson(value).slice(0, 120));
  return `${formatPath(path)}: ${text(from)} → ${text(to)}`;
}

/** What a run prints: figures, then each difference. */
export function linesOf({ charts, unrendered, kubectl: told, here }: Answers): readonly string[] {
  const list = (what: string, entries: readonly string[]): readonly string[] =>
    entries.map((entry) => `  ${what} ${entry}`);
  const computed = ([what, one]: readonly [string, Here]): readonly string[] => [
    `charts: computed here beside the server's, ${what}: ${one.compared} objects, ${one.same} the same, ` +
      `${one.onlyAdded} to which the server adds what nobody rendered, ${one.different.length} different, ${one.refused} refused by the server`,
    ...[...one.added].sort((a, b) => b[1] - a[1]).map(([field, count]) => `  added ${count} × ${field}`),
    ...list('different', one.different),
  ];
  return [
    `charts: ${told.objects} objects of ${charts} public charts${unrendered === 0 ? '' : ` (${unrendered} more do not render)`} beside ` +
      `kubectl apply --server-side --dry-run=server: ${told.same} answers the same, ${told.refusedByBoth} the same refusal, ` +
      `${told.drawn.length} but for what the server draws at each try, ${told.different.length} different`,
    ...list('drawn', told.drawn),
    ...list('different', told.different),
    ...computed(['rendered again', here.again]),
    ...computed(['changed at random', here.changed]),
  ];
}
