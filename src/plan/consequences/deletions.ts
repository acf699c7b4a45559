/** What goes with an object that is deleted, and what then no longer works. */
import { isList, isObject, valueAt } from '../../resource/resource.ts';
import { readersOf } from './pod-readers.ts';
import {
  type ConsequenceRule,
  counted,
  isGone,
  isWorkload,
  listAt,
  named,
  replicasOf,
  type Subject,
  sizeWords,
  textAt,
} from './rule.ts';

const goes = ({ action }: Subject): boolean => action === 'delete' || action === 'replace';

export const deletionRules: readonly ConsequenceRule[] = [
  {
    name: 'a claim is deleted',
    kind: 'data-loss',
    of: (subject) => {
      if (subject.key.kind !== 'PersistentVolumeClaim' || !goes(subject)) return [];
      const size = sizeWords(textAt(subject.before, ['spec', 'resources', 'requests', 'storage']));
      const storageClass = textAt(subject.before, ['spec', 'storageClassName']);
      const what =
        size === ''
          ? 'the data of the volume'
          : `${size}${storageClass === '' ? '' : ` of storage class ${storageClass}`}`;
      return [`data loss: ${what} may be deleted with it`];
    },
  },
  {
    name: 'a volume is deleted',
    kind: 'data-loss',
    of: (subject) =>
      subject.key.kind === 'PersistentVolume' && goes(subject) ? ['data loss: the volume may be deleted with it'] : [],
  },
  {
    name: 'a namespace is deleted',
    kind: 'data-loss',
    of: (subject) =>
      subject.key.kind === 'Namespace' && goes(subject)
        ? ['data loss: everything in the namespace is deleted with it']
        : [],
  },
  {
    name: 'a definition is deleted',
    kind: 'data-loss',
    of: (subject) => {
      if (subject.key.kind !== 'CustomResourceDefinition' || !goes(subject)) return [];
      const kind = textAt(subject.before, ['spec', 'names', 'kind']);
      return [`data loss: every ${kind === '' ? 'object of this kind' : kind} in the cluster is deleted with it`];
    },
  },
  {
    name: 'a version of a definition is taken out',
    kind: 'outage',
    of: ({ key, before, after }) => {
      if (key.kind !== 'CustomResourceDefinition' || after === undefined) return [];
      const served = (of: typeof before): readonly string[] =>
        listAt(of, ['spec', 'versions'])
          .filter((one) => valueAt(one, ['served']) === true)
          .map((one) => textAt(one, ['name']));
      const gone = served(before).filter((version) => !served(after).includes(version));
      return gone.length === 0 ? [] : [`objects can no longer be read or written as ${named(gone)}`];
    },
  },
  {
    name: 'the volumes of a StatefulSet go with it',
    kind: 'data-loss',
    of: (subject) => {
      if (subject.key.kind !== 'StatefulSet' || !isGone(subject)) return [];
      const isDeleted =
        textAt(subject.before, ['spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted']) === 'Delete';
      return isDeleted && claims(subject).length > 0
        ? [`data loss: its claims ${named(claims(subject))} are deleted with it (whenDeleted: Delete)`]
        : [];
    },
  },
  {
    name: 'the volumes of a StatefulSet stay',
    kind: 'note',
    of: (subject) => {
      if (subject.key.kind !== 'StatefulSet' || !isGone(subject) || claims(subject).length === 0) return [];
      const isDeleted =
        textAt(subject.before, ['spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted']) === 'Delete';
      return isDeleted ? [] : [`its claims ${named(claims(subject))} stay, one for each pod`];
    },
  },
  {
    name: 'a volume that stayed would now be deleted with its claim',
    kind: 'data-loss',
    of: ({ key, before, after }) => {
      const policy = ['spec', 'persistentVolumeReclaimPolicy'];
      if (key.kind !== 'PersistentVolume' || before === undefined || after === undefined) return [];
      return textAt(before, policy) === 'Retain' && textAt(after, policy) === 'Delete'
        ? ['data loss from now on: the volume is deleted with its claim (it was retained)']
        : [];
    },
  },
  {
    name: 'a workload is deleted',
    kind: 'outage',
    of: (subject) => {
      if (!isWorkload(subject.key) || !isGone(subject) || subject.key.kind === 'Job') return [];
      if (subject.key.kind === 'CronJob') return ['no longer runs'];
      const replicas = replicasOf(subject.before);
      return [replicas === undefined ? 'stops its pods' : `stops ${counted(replicas, 'pod')}`];
    },
  },
  {
    name: 'a name in the network is deleted',
    kind: 'outage',
    of: (subject) =>
      ['Service', 'Ingress', 'Gateway', 'HTTPRoute', 'GRPCRoute'].includes(subject.key.kind) && isGone(subject)
        ? ['no longer reachable under this name']
        : [],
  },
  {
    name: 'what running pods read is deleted',
    kind: 'outage',
    of: (subject) => {
      if (!isGone(subject)) return [];
      const readers = readersOf(subject.key, subject.release).map(
        ({ workload }) => `${workload.kind} ${workload.metadata.name}`,
      );
      return readers.length === 0 ? [] : [`pods of ${named(readers)} read it and can no longer start`];
    },
  },
  {
    name: 'an account is deleted',
    kind: 'outage',
    of: (subject) =>
      subject.key.kind === 'ServiceAccount' && isGone(subject)
        ? ['pods that run as it can no longer start or log in']
        : [],
  },
  {
    name: 'rights are taken away',
    kind: 'deletion',
    of: (subject) => {
      if (subject.key.group !== 'rbac.authorization.k8s.io' || !isGone(subject)) return [];
      const subjects = listAt(subject.before, ['subjects']).map(
        (one) => `${textAt(one, ['kind'])} ${textAt(one, ['name'])}`,
      );
      return [
        subjects.length === 0 ? 'takes its rights from whoever is bound to it' : `takes rights from ${named(subjects)}`,
      ];
    },
  },
  {
    name: 'anything else is deleted',
    kind: 'deletion',
    of: (subject) => (isGone(subject) && !isSaidElsewhere(subject) ? ['deleted'] : []),
  },
  {
    name: 'something holds the deletion',
    kind: 'note',
    of: (subject) => {
      const finalizers = goes(subject) ? subject.before?.metadata['finalizers'] : undefined;
      const holding = (isList(finalizers) ? finalizers : [])
        .map(String)
        .filter((one) => !one.startsWith('kubernetes.io/'));
      return holding.length === 0 ? [] : [`is gone only when its finalizers are done: ${named(holding)}`];
    },
  },
  {
    name: 'an object is made anew',
    kind: 'recreate',
    of: ({ action }) =>
      action === 'replace' ? ['deleted and created again: the field cannot be changed in place'] : [],
  },
];

function claims({ before }: Subject): readonly string[] {
  return listAt(before, ['spec', 'volumeClaimTemplates'])
    .filter(isObject)
    .map((template) => textAt(template, ['metadata', 'name']));
}

function isSaidElsewhere({ key }: Subject): boolean {
  const said = ['PersistentVolumeClaim', 'PersistentVolume', 'Namespace', 'CustomResourceDefinition', 'ServiceAccount'];
  const names = ['Service', 'Ingress', 'Gateway', 'HTTPRoute', 'GRPCRoute', 'NetworkPolicy', 'PodDisruptionBudget'];
  return (
    [...said, ...names, 'HorizontalPodAutoscaler', 'ValidatingWebhookConfiguration'].includes(key.kind) ||
    (isWorkload(key) && key.kind !== 'Job') ||
    key.group === 'rbac.authorization.k8s.io'
  );
}
