/** What a change means, in words, worst first. Each rule looks at one object before and after. */
import type { Json, Resource, ResourceKey } from '../resource/resource.ts';
import { isList, isObject, valueAt } from '../resource/resource.ts';
import { equal } from './compare.ts';
import type { Action, Change, Consequence, ConsequenceKind } from './plan.ts';

/** Worst first: the order in which changes and their consequences are shown. */
export const consequenceRank: readonly ConsequenceKind[] = [
  'policy',
  'data-loss',
  'rights',
  'outage',
  'deletion',
  'recreate',
  'exposure',
  'restart',
  'scale',
  'note',
];

interface Subject {
  readonly key: ResourceKey;
  readonly action: Action;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
}

type Rule = (subject: Subject) => readonly Consequence[];

/** The consequences of one change, worst first. `before` is live (undefined on create), `after` desired (undefined on delete). */
export function consequencesOf(subject: Subject): readonly Consequence[] {
  return worstFirst(rules.flatMap((rule) => rule(subject)));
}

export function worstFirst(consequences: readonly Consequence[]): readonly Consequence[] {
  return [...consequences].sort((a, b) => rank(a.kind) - rank(b.kind));
}

/** A change is as dangerous as its worst consequence; smaller is worse. */
export function riskOf(change: Pick<Change, 'consequences'>): number {
  return rank(change.consequences[0]?.kind ?? 'note');
}

function rank(kind: ConsequenceKind): number {
  return consequenceRank.indexOf(kind);
}

const rules: readonly Rule[] = [deletion, recreate, rights, privileges, exposure, workload, configuration];

const losesData: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: 'the data of the volume may be deleted with it',
  PersistentVolume: 'the volume may be deleted with it',
  Namespace: 'everything in the namespace is deleted with it',
  CustomResourceDefinition: 'every object of this kind is deleted with it',
};

function deletion({ key, action, before }: Subject): readonly Consequence[] {
  if (action !== 'delete' && action !== 'replace') return [];
  const loss = losesData[key.kind];
  if (loss !== undefined) return [{ kind: 'data-loss', text: `data loss: ${loss}` }];
  if (action === 'replace') return [];
  const replicas = replicasOf(before);
  if (isWorkload(key)) return [{ kind: 'outage', text: `stops ${replicas ?? 'its'} pod${replicas === 1 ? '' : 's'}` }];
  if (key.kind === 'Service' || key.kind === 'Ingress')
    return [{ kind: 'outage', text: 'no longer reachable under this name' }];
  return [{ kind: 'deletion', text: 'deleted' }];
}

function recreate({ action }: Subject): readonly Consequence[] {
  return action === 'replace'
    ? [{ kind: 'recreate', text: 'deleted and created again: the field cannot be changed in place' }]
    : [];
}

function rights({ key, action, before, after }: Subject): readonly Consequence[] {
  if (key.group !== 'rbac.authorization.k8s.io' || action === 'delete') return [];
  const field = key.kind.endsWith('Binding') ? 'subjects' : 'rules';
  const old = listAt(before, field);
  const added = listAt(after, field).filter((rule) => !old.some((other) => equal(other, rule)));
  if (added.length === 0) return [];
  const wildcard = field === 'rules' && added.some((rule) => JSON.stringify(rule).includes('"*"'));
  if (field === 'subjects') return [{ kind: 'rights', text: `grants rights to ${added.map(subjectName).join(', ')}` }];
  return [
    {
      kind: 'rights',
      text: wildcard
        ? 'widens rights with a wildcard'
        : `widens rights by ${added.length} rule${added.length === 1 ? '' : 's'}`,
    },
  ];
}

function privileges({ before, after }: Subject): readonly Consequence[] {
  const old = new Set(privilegesOf(before));
  const gained = privilegesOf(after).filter((privilege) => !old.has(privilege));
  return gained.length === 0 ? [] : [{ kind: 'rights', text: `gains ${gained.join(', ')}` }];
}

function exposure({ key, before, after }: Subject): readonly Consequence[] {
  if (after === undefined) return [];
  if (key.kind === 'Ingress' && before === undefined)
    return [{ kind: 'exposure', text: 'reachable from outside through an Ingress' }];
  if (key.kind !== 'Service') return [];
  const type = valueAt(after, ['spec', 'type']);
  const was = before === undefined ? undefined : (valueAt(before, ['spec', 'type']) ?? 'ClusterIP');
  if (type === was || (type !== 'LoadBalancer' && type !== 'NodePort')) return [];
  return [{ kind: 'exposure', text: `reachable from outside the cluster (${type})` }];
}

function workload({ key, action, before, after }: Subject): readonly Consequence[] {
  if (!isWorkload(key) || before === undefined || after === undefined || action === 'replace') return [];
  const found: Consequence[] = [];
  const from = replicasOf(before);
  const to = replicasOf(after);
  if (podTemplateDiffers(before, after)) found.push(restart(key, before, after));
  if (from !== undefined && to !== undefined && from !== to) {
    const count = Math.abs(to - from);
    const pods = `${count} pod${count === 1 ? '' : 's'}`;
    if (to === 0) found.push({ kind: 'outage', text: 'stops all pods (0 replicas)' });
    else found.push({ kind: 'scale', text: to > from ? `${pods} more` : `${pods} fewer` });
  }
  return found;
}

function restart(key: ResourceKey, before: Resource, after: Resource): Consequence {
  const replicas = replicasOf(before);
  const strategy = valueAt(after, ['spec', 'strategy', 'type']);
  const pods = replicas === undefined ? 'its pods' : `${replicas} pod${replicas === 1 ? '' : 's'}`;
  if (key.kind === 'Deployment' && strategy === 'Recreate')
    return { kind: 'outage', text: `outage while ${pods} are stopped and started again (Recreate)` };
  if (key.kind === 'CronJob') return { kind: 'note', text: 'takes effect with the next job' };
  if (key.kind === 'StatefulSet' && replicas === 1)
    return { kind: 'outage', text: 'outage while its only pod restarts' };
  return { kind: 'restart', text: replicas === 1 ? 'restarts its only pod' : `restarts ${pods} one by one` };
}

function configuration({ key, action }: Subject): readonly Consequence[] {
  if (action !== 'update' || (key.kind !== 'ConfigMap' && key.kind !== 'Secret')) return [];
  return [{ kind: 'note', text: 'pods that read it at start see it after their next restart' }];
}

const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'CronJob']);

function isWorkload(key: ResourceKey): boolean {
  return workloads.has(key.kind) && (key.group === 'apps' || key.group === 'batch');
}

function replicasOf(resource: Resource | undefined): number | undefined {
  if (resource === undefined || resource.kind === 'DaemonSet' || resource.kind === 'CronJob') return undefined;
  const replicas = valueAt(resource, ['spec', 'replicas']);
  return typeof replicas === 'number' ? replicas : 1;
}

function podTemplateDiffers(before: Resource, after: Resource): boolean {
  const path = after.kind === 'CronJob' ? ['spec', 'jobTemplate'] : ['spec', 'template'];
  return !equal(valueAt(before, path), valueAt(after, path));
}

function podSpecOf(resource: Resource | undefined): Json | undefined {
  if (resource === undefined) return undefined;
  if (resource.kind === 'Pod') return valueAt(resource, ['spec']);
  if (resource.kind === 'CronJob') return valueAt(resource, ['spec', 'jobTemplate', 'spec', 'template', 'spec']);
  return valueAt(resource, ['spec', 'template', 'spec']);
}

/** What lets a pod reach beyond itself: the fields that Pod Security's baseline profile forbids. */
function privilegesOf(resource: Resource | undefined): readonly string[] {
  const spec = podSpecOf(resource);
  if (!isObject(spec)) return [];
  const found: string[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[field] === true) found.push(field);
  for (const volume of asList(spec['volumes'])) {
    const path = valueAt(volume, ['hostPath', 'path']);
    if (typeof path === 'string') found.push(`hostPath ${path}`);
  }
  for (const container of [...asList(spec['containers']), ...asList(spec['initContainers'])]) {
    const name = String(valueAt(container, ['name']) ?? '');
    if (valueAt(container, ['securityContext', 'privileged']) === true) found.push(`privileged container ${name}`);
    for (const capability of asList(valueAt(container, ['securityContext', 'capabilities', 'add'])))
      found.push(`capability ${String(capability)} in ${name}`);
  }
  return found;
}

function listAt(resource: Resource | undefined, field: string): readonly Json[] {
  return asList(resource?.[field]);
}

function asList(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function subjectName(subject: Json): string {
  const kind = valueAt(subject, ['kind']);
  const name = valueAt(subject, ['name']);
  return `${String(kind ?? 'subject')} ${String(name ?? '')}`;
}
