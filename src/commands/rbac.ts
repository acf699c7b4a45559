/** `pushgate rbac`: the least rights for the planner and the applier of an environment, ready for `kubectl apply`. */
import { aggregatedGroups } from '../cluster/read/aggregated.ts';
import { helmLeftovers } from '../cluster/read/helm-leftovers.ts';
import { readObject } from '../cluster/read/objects.ts';
import type { ReleasePlace } from '../cluster/read/parent.ts';
import { placeOf, withDefinitions } from '../cluster/read/prepare.ts';
import { resolveReleases } from '../config/index.ts';
import type { Policy } from '../config/policy.ts';
import { Problem } from '../problem.ts';
import {
  type AccessInput,
  type AccessObject,
  accessObjects,
  isAccessObject,
  type KindPlace,
} from '../resource/access/roles.ts';
import { formatSubject, parseSubject, type Subject } from '../resource/access/subject.ts';
import { accessText } from '../resource/access/text.ts';
import { keyOf, type Resource } from '../resource/resource.ts';
import type { Host, Outcome } from './host.ts';
import { renderIn } from './planning/rendering.ts';
import { openApplied, openOneEnvironment } from './run/one-environment.ts';
import type { Repository, Revision } from './run/repository.ts';
import { ownParents, placeId } from './state/own-parents.ts';
import { type ClusterPlace, scopeIn } from './state/state.ts';

export async function rbac(host: Host): Promise<Outcome> {
  const here = await openOneEnvironment(host);
  const { repository, revision, policy } = here;
  const planner = subjectOf(host, 'planner');
  const applier = subjectOf(host, 'applier');
  if (formatSubject(planner) === formatSubject(applier)) throw sameSubject(planner);
  await using state = await openApplied(host, { ...here, releases: [], access: 'read' });
  const { place } = state;
  if (place.kind !== 'cluster') throw noCluster(policy);
  const rendered = await renderAll(host, { repository, revision, policy, place });
  const kinds = kindsOf(place, [...rendered, ...(await leftByHelm(place, rendered))], state.recorded);
  const homes = [...new Set(rendered.map(({ namespace }) => namespace))].sort();
  const input: AccessInput = {
    environment: policy.name,
    planner,
    applier,
    homes,
    scope: host.given.text('scope') === 'cluster' ? 'cluster' : 'namespaces',
    kinds,
    roles: rendered.flatMap(({ objects }) => objects).filter(isAccessObject),
    aggregated: await aggregatedGroups(place.view.client, place.view.discovery),
    secrets: host.given.on('planner-secrets') ? 'try' : 'leave',
  };
  const missing = input.scope === 'cluster' ? [] : await missingNamespaces(place, input);
  host.print(accessText(preface(policy, input), [...missing, ...accessObjects(input)]).trimEnd());
  return { reason: 'no-changes', outputs: {} };
}

function preface(policy: Policy, { planner, applier, secrets, kinds }: AccessInput): readonly string[] {
  const hasSecrets = kinds.some(({ group, kind }) => group === '' && kind === 'Secret');
  return [
    `Rights for ${policy.name}: ${formatSubject(planner)} may plan, ${formatSubject(applier)} may apply.`,
    'Print this again when releases bring new kinds, namespaces or cluster-scoped objects, and apply it as an administrator:',
    `  pushgate rbac --environment ${policy.name} | kubectl apply --server-side -f -`,
    ...(hasSecrets && secrets === 'leave'
      ? [
          'The planner has no rights on Secrets: with --key it tells their changes from what was applied last, by keyed hashes.',
        ]
      : []),
  ];
}

interface RenderedRelease extends ReleasePlace {
  /** With the namespace that the API server would see. */
  readonly objects: readonly Resource[];
}

/** Hooks count like every other object: they are written too. */
async function renderAll(
  host: Host,
  {
    repository,
    revision,
    policy,
    place,
  }: {
    readonly repository: Repository;
    readonly revision: Revision;
    readonly policy: Policy;
    readonly place: ClusterPlace;
  },
): Promise<readonly RenderedRelease[]> {
  const releases: RenderedRelease[] = [];
  for (const release of resolveReleases(revision.config, policy.name)) {
    host.progress(`rendering ${policy.name}: ${release.name}`);
    const env = (name: string): string | undefined => host.env[name];
    const options = { repository, revision, release, phase: 'plan', env, scope: scopeIn(place) } as const;
    const { objects, hooks, secrets } = await renderIn(options);
    host.mask(secrets);
    const { name, namespace } = release;
    releases.push({ name, namespace, objects: [...objects, ...hooks].map(({ resource }) => resource) });
  }
  return releases;
}

/** What releases that are taken over from Helm have and their charts do not: the first apply deletes it. */
async function leftByHelm(
  { view, parents }: ClusterPlace,
  rendered: readonly RenderedRelease[],
): Promise<readonly RenderedRelease[]> {
  const { client, discovery } = view;
  return await Promise.all(
    rendered.map(async ({ name, namespace, objects }) => {
      const release = { name, namespace };
      const records = await view.helmRecords(namespace);
      const known = objects.map((object) => ({ key: keyOf(object), live: undefined }));
      const parent = parents.get(placeId(release));
      const left = await helmLeftovers({ client, discovery, release, parent, records, known, kinds: () => [] });
      const gone = left.fate === 'delete' ? left.objects : [];
      const served = gone.filter(({ apiVersion, kind }) => discovery.find(apiVersion, kind) !== undefined);
      return {
        ...release,
        objects: served.map(({ apiVersion, kind, ...key }) => ({
          ...{ apiVersion, kind, metadata: { name: key.name, namespace: key.namespace } },
        })),
      };
    }),
  );
}

/** Every kind with its namespaces: of what is rendered, and of what is recorded and may have to be deleted. */
function kindsOf(
  place: ClusterPlace,
  rendered: readonly RenderedRelease[],
  recorded: readonly string[],
): readonly KindPlace[] {
  const known = withDefinitions(
    place.view.discovery,
    rendered.flatMap(({ objects }) => objects),
  );
  const kinds = new Map<string, KindPlace>();
  const add = (resource: Resource, home: string): void => {
    const { info, namespace } = placeOf(known, resource, undefined);
    const { group, kind, resource: plural } = info;
    const at = info.namespaced ? namespace || home : '';
    const id = `${group}/${kind}/${at}`;
    const names = info.namespaced ? undefined : [...new Set([...(kinds.get(id)?.names ?? []), resource.metadata.name])];
    const place: KindPlace = { group, kind, resource: plural, namespace: at };
    kinds.set(id, names === undefined ? place : { ...place, names: names.sort() });
  };
  for (const { namespace, objects } of rendered) for (const object of objects) add(object, namespace);
  for (const { release, state } of ownParents(place, recorded)) {
    for (const object of state.objects) {
      if (known.find(object.apiVersion, object.kind) !== undefined) add(object, release.namespace);
    }
  }
  return [...kinds.values()];
}

/** A role cannot be made in a namespace that is not there. */
async function missingNamespaces(
  { view }: ClusterPlace,
  { homes, kinds, planner, applier }: AccessInput,
): Promise<readonly AccessObject[]> {
  const info = view.discovery.find('v1', 'Namespace');
  const accounts = [planner, applier].flatMap((subject) =>
    subject.kind === 'serviceaccount' ? [subject.namespace] : [],
  );
  const names = [...new Set([...homes, ...kinds.map(({ namespace }) => namespace), ...accounts])].filter(
    (name) => name !== '',
  );
  if (info === undefined) return [];
  const live = await Promise.all(names.map((name) => readObject(view.client, { info, namespace: '', name })));
  return names
    .filter((_, index) => live[index] === undefined)
    .sort()
    .map((name) => ({
      about: 'Not there yet, and roles or accounts live in it.',
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    }));
}

function subjectOf(host: Host, option: 'planner' | 'applier'): Subject {
  const given = host.given.text(option) ?? `group:pushgate:${option}s`;
  const subject = parseSubject(given);
  if (subject !== undefined) return subject;
  throw new Problem({
    reason: 'usage',
    message: `--${option} ${given} names no login`,
    hint: 'Write group:NAME, user:NAME or serviceaccount:NAMESPACE/NAME, as the API server knows it: kubectl auth whoami.',
  });
}

function sameSubject(subject: Subject): Problem {
  return new Problem({
    reason: 'usage',
    message: `${formatSubject(subject)} cannot be planner and applier at once: what keeps the one from writing would stop the other`,
    hint: 'Give the two jobs a login each.',
  });
}

function noCluster({ name }: Policy): Problem {
  return new Problem({
    reason: 'usage',
    message: `${name} is a branch of rendered manifests, which needs no rights in a cluster`,
    hint: 'Name an environment that has cluster: in pushgate.yaml.',
  });
}
