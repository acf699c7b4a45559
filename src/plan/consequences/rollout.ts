/** What happens to running pods: restarts, outages while they restart, more and fewer of them. */
import { equal } from '../../resource/equal.ts';
import { isObject, type Json, keyOf, type Resource, valueAt } from '../../resource/resource.ts';
import {
  type ConsequenceRule,
  counted,
  inPlace,
  listAt,
  podLabelsOf,
  replicasOf,
  type Subject,
  selects,
  templateOf,
  textAt,
} from './rule.ts';

export const rolloutRules: readonly ConsequenceRule[] = [
  {
    name: 'all pods stop before new ones start',
    kind: 'outage',
    of: (subject) => {
      const restart = restartOf(subject);
      if (restart?.kind !== 'Deployment') return [];
      const { after, replicas } = restart;
      if (textAt(after, ['spec', 'strategy', 'type']) === 'Recreate')
        return [
          `outage while ${counted(replicas, 'pod')} are stopped and started again (Recreate)`.replace(
            '1 pod are',
            'its only pod is',
          ),
        ];
      const { unavailable, surge } = rollingUpdate(after, replicas);
      if (unavailable < replicas) return [];
      const how = `maxUnavailable ${unavailable}, maxSurge ${surge}`;
      return [
        replicas === 1
          ? `outage while its only pod is replaced (${how})`
          : `outage: all ${replicas} pods may be down at once (${how})`,
      ];
    },
  },
  {
    name: 'the only pod of a StatefulSet restarts',
    kind: 'outage',
    of: (subject) => {
      const restart = restartOf(subject);
      const isOnly = restart?.kind === 'StatefulSet' && restart.replicas === 1 && updated(restart.after, 1) === 1;
      return isOnly ? ['outage while its only pod restarts'] : [];
    },
  },
  {
    name: 'a DaemonSet leaves nodes without its pod',
    kind: 'outage',
    of: (subject) => {
      const restart = restartOf(subject);
      const limit = ['spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable'];
      return restart?.kind === 'DaemonSet' && valueAt(restart.after, limit) === '100%'
        ? ['outage: the pods of all nodes may be down at once (maxUnavailable 100%)']
        : [];
    },
  },
  {
    name: 'pods restart',
    kind: 'restart',
    of: (subject) => {
      const restart = restartOf(subject);
      if (restart === undefined) return [];
      const { kind, after, replicas } = restart;
      if (kind === 'DaemonSet') return ['restarts its pod on every node, some at a time'];
      if (kind === 'StatefulSet') {
        const count = updated(after, replicas);
        if (count === 0) return [];
        return [
          count < replicas
            ? `restarts ${count} of ${replicas} pods, one by one (partition)`
            : pods(replicas, 'one by one'),
        ];
      }
      if (textAt(after, ['spec', 'strategy', 'type']) === 'Recreate') return [];
      const { unavailable, surge } = rollingUpdate(after, replicas);
      if (unavailable >= replicas) return [];
      if (replicas === 1) return ['restarts its only pod: the new one starts first'];
      return [pods(replicas, surge + unavailable > 1 ? 'some at a time' : 'one by one')];
    },
  },
  {
    name: 'pods take a change when somebody deletes them',
    kind: 'note',
    of: (subject) =>
      inPlace(subject) && differs(subject) && textAt(subject.after, ['spec', 'updateStrategy', 'type']) === 'OnDelete'
        ? ['its pods take the change when they are deleted by hand (OnDelete)']
        : [],
  },
  {
    name: 'a paused Deployment changes',
    kind: 'note',
    of: (subject) =>
      inPlace(subject) &&
      differs(subject) &&
      subject.key.kind === 'Deployment' &&
      valueAt(subject.after, ['spec', 'paused']) === true
        ? ['takes effect when the Deployment is resumed: it is paused']
        : [],
  },
  {
    name: 'a CronJob changes',
    kind: 'note',
    of: (subject) => {
      if (!inPlace(subject) || subject.key.kind !== 'CronJob') return [];
      const { before, after } = subject;
      const schedule = textAt(after, ['spec', 'schedule']);
      return [
        ...(schedule === textAt(before, ['spec', 'schedule']) ? [] : [`runs at ${schedule} from now on`]),
        ...(differs(subject) ? ['takes effect with the next job'] : []),
      ];
    },
  },
  {
    name: 'a CronJob is suspended',
    kind: 'outage',
    of: ({ key, before, after }) =>
      key.kind === 'CronJob' &&
      before !== undefined &&
      valueAt(before, ['spec', 'suspend']) !== true &&
      valueAt(after, ['spec', 'suspend']) === true
        ? ['no longer runs (suspended)']
        : [],
  },
  {
    name: 'all pods go',
    kind: 'outage',
    of: (subject) => {
      const [from, to] = scaling(subject);
      return from > 0 && to === 0 ? ['stops all pods (0 replicas)'] : [];
    },
  },
  {
    name: 'more or fewer pods',
    kind: 'scale',
    of: (subject) => {
      const [from, to] = scaling(subject);
      return from === to || to === 0 ? [] : [`${counted(Math.abs(to - from), 'pod')} ${to > from ? 'more' : 'fewer'}`];
    },
  },
  {
    name: 'volumes of pods that go are deleted',
    kind: 'data-loss',
    of: (subject) => {
      const [from, to] = scaling(subject);
      const isDeleted =
        textAt(subject.after, ['spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled']) === 'Delete';
      return subject.key.kind === 'StatefulSet' &&
        to < from &&
        isDeleted &&
        listAt(subject.after, ['spec', 'volumeClaimTemplates']).length > 0
        ? [`data loss: the claims of ${counted(from - to, 'pod')} are deleted with them (whenScaled: Delete)`]
        : [];
    },
  },
  {
    name: 'an autoscaler has other limits',
    kind: 'scale',
    of: ({ key, before, after }) => {
      if (key.kind !== 'HorizontalPodAutoscaler' || before === undefined || after === undefined) return [];
      const limits = (of: Resource) =>
        `${textAt(of, ['spec', 'minReplicas']) || '1'} to ${textAt(of, ['spec', 'maxReplicas'])}`;
      return limits(before) === limits(after) ? [] : [`scales within ${limits(after)} pods (was ${limits(before)})`];
    },
  },
  {
    name: 'an autoscaler is deleted',
    kind: 'scale',
    of: ({ key, action, before }) =>
      key.kind === 'HorizontalPodAutoscaler' && action === 'delete'
        ? [
            `${textAt(before, ['spec', 'scaleTargetRef', 'kind'])} ${textAt(before, ['spec', 'scaleTargetRef', 'name'])} keeps the pods it has now`,
          ]
        : [],
  },
  {
    name: 'replicas are the business of an autoscaler',
    kind: 'note',
    of: (subject) => {
      const [from, to] = scaling(subject);
      const isScaled = subject.release.some(
        (one) =>
          one.kind === 'HorizontalPodAutoscaler' &&
          textAt(one, ['spec', 'scaleTargetRef', 'kind']) === subject.key.kind &&
          textAt(one, ['spec', 'scaleTargetRef', 'name']) === subject.key.name,
      );
      return from !== to && isScaled
        ? ['an autoscaler of this release sets the replicas again: leave them out of the template']
        : [];
    },
  },
  {
    name: 'a budget keeps nodes from being drained',
    kind: 'note',
    of: ({ key, before, after, release }) => {
      if (after === undefined) return [];
      if (key.kind !== 'PodDisruptionBudget' && replicasOf(before) === replicasOf(after)) return [];
      const budgets =
        key.kind === 'PodDisruptionBudget' ? [after] : release.filter(({ kind }) => kind === 'PodDisruptionBudget');
      const workloads = key.kind === 'PodDisruptionBudget' ? release : [after];
      const blocked = budgets.flatMap((budget) =>
        workloads
          .filter(
            (one) =>
              replicasOf(one) !== undefined &&
              selects(valueAt(budget, ['spec', 'selector']), podLabelsOf(one)) &&
              blocks(budget, replicasOf(one) ?? 1),
          )
          .map((one) => [budget, one] as const),
      );
      return blocked.map(
        ([budget, one]) =>
          `PodDisruptionBudget ${budget.metadata.name} never lets a pod of ${one.kind} ${one.metadata.name} be evicted: nodes with one cannot be drained`,
      );
    },
  },
  {
    name: 'a budget is deleted',
    kind: 'note',
    of: ({ key, action }) =>
      key.kind === 'PodDisruptionBudget' && action === 'delete'
        ? ['nothing keeps all of its pods from being evicted at once']
        : [],
  },
];

/** Whether the change of a workload restarts pods that run now. */
export function restartsPods(before: Resource, after: Resource): boolean {
  return restartOf({ key: keyOf(after), action: 'update', before, after, release: [] }) !== undefined;
}

interface Restart {
  readonly kind: string;
  readonly after: Resource;
  /** Pods that run now, as far as the object says; 1 where it does not count them. */
  readonly replicas: number;
}

/** Pods that run now get another template; undefined where none do, or where OnDelete or a pause leaves them alone. */
function restartOf(subject: Subject): Restart | undefined {
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(subject.key.kind)) return undefined;
  if (!inPlace(subject) || !differs(subject)) return undefined;
  const { before, after } = subject;
  const isLeft =
    textAt(after, ['spec', 'updateStrategy', 'type']) === 'OnDelete' || valueAt(after, ['spec', 'paused']) === true;
  const replicas = replicasOf(before) ?? 1;
  return isLeft || replicas === 0 ? undefined : { kind: subject.key.kind, after, replicas };
}

function differs({ before, after }: Subject): boolean {
  return !equal(templateOf(before), templateOf(after));
}

function scaling(subject: Subject): readonly [from: number, to: number] {
  if (!inPlace(subject)) return [0, 0];
  const [from, to] = [replicasOf(subject.before), replicasOf(subject.after)];
  return from === undefined || to === undefined ? [0, 0] : [from, to];
}

/** How many of its pods a StatefulSet replaces. */
function updated(after: Resource, replicas: number): number {
  const partition = valueAt(after, ['spec', 'updateStrategy', 'rollingUpdate', 'partition']);
  return Math.max(replicas - (typeof partition === 'number' ? partition : 0), 0);
}

/** As the Deployment controller counts: unavailable is rounded down, surge up, and both at nothing means one. */
function rollingUpdate(after: Resource, replicas: number): { readonly unavailable: number; readonly surge: number } {
  const field = (name: string): Json | undefined => valueAt(after, ['spec', 'strategy', 'rollingUpdate', name]);
  const unavailable = share(field('maxUnavailable') ?? '25%', replicas, Math.floor);
  const surge = share(field('maxSurge') ?? '25%', replicas, Math.ceil);
  return unavailable === 0 && surge === 0 ? { unavailable: 1, surge } : { unavailable, surge };
}

function share(value: Json, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined ? 0 : round((Number(percent) / 100) * of);
}

function blocks(budget: Resource, replicas: number): boolean {
  const spec = budget['spec'];
  if (!isObject(spec) || replicas === 0) return false;
  const { maxUnavailable, minAvailable } = spec;
  if (maxUnavailable !== undefined && maxUnavailable !== null) return share(maxUnavailable, replicas, Math.ceil) === 0;
  return minAvailable !== undefined && minAvailable !== null && share(minAvailable, replicas, Math.ceil) >= replicas;
}

function pods(replicas: number, how: string): string {
  return replicas === 1 ? 'restarts its only pod' : `restarts ${replicas} pods ${how}`;
}
