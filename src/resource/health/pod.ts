import type { JsonObject, Resource } from '../resource.ts';
import { isList, isObject, valueAt } from '../resource.ts';
import { conditionOf, failed, type Health, progressing, ready, textAt } from './state.ts';

/** What keeps a pod from running, and will go on doing so unless somebody acts, or unless it passes soon. */
export interface PodTrouble {
  readonly reason: string;
  /** What the kubelet or the scheduler says of it; '' for nothing. */
  readonly message: string;
  /** undefined: it is about the pod as a whole. */
  readonly container: string | undefined;
  /** Troubles of one sort come and go in turn (pull, back off, pull…) and are one trouble. */
  readonly sort: 'image' | 'crash' | 'configuration' | 'place';
  /** Seconds for which it may still pass by itself: a registry that hiccups, a database that starts, a node that comes. */
  readonly patience: number;
}

const troubles: Readonly<Record<string, Pick<PodTrouble, 'sort' | 'patience'>>> = {
  InvalidImageName: { sort: 'image', patience: 0 },
  ErrImageNeverPull: { sort: 'image', patience: 0 },
  ErrImagePull: { sort: 'image', patience: 20 },
  ImagePullBackOff: { sort: 'image', patience: 20 },
  CrashLoopBackOff: { sort: 'crash', patience: 30 },
  RunContainerError: { sort: 'crash', patience: 30 },
  CreateContainerError: { sort: 'configuration', patience: 30 },
  CreateContainerConfigError: { sort: 'configuration', patience: 30 },
  Unschedulable: { sort: 'place', patience: 120 },
};

/** The first trouble of a pod, its init containers before the others. */
export function podTrouble(live: Resource): PodTrouble | undefined {
  for (const status of containerStatuses(live)) {
    const reason = textAt(status, ['state', 'waiting', 'reason']);
    const known = troubles[reason];
    if (known === undefined) continue;
    return {
      ...known,
      reason,
      message: textAt(status, ['state', 'waiting', 'message']),
      container: textAt(status, ['name']),
    };
  }
  const scheduled = conditionOf(live, 'PodScheduled');
  const known = scheduled?.status === 'False' ? troubles[scheduled.reason] : undefined;
  if (scheduled === undefined || known === undefined) return undefined;
  return { ...known, reason: scheduled.reason, message: scheduled.message, container: undefined };
}

export function podHealth(live: Resource): Health {
  const phase = textAt(live, ['status', 'phase']);
  if (phase === 'Succeeded') return ready('completed');
  if (phase === 'Failed') return failed(textAt(live, ['status', 'message']) || reasonOfContainers(live) || 'failed');
  const trouble = podTrouble(live);
  if (trouble !== undefined && trouble.sort !== 'place') return failed(trouble.reason);
  if (conditionOf(live, 'Ready')?.status === 'True') return ready();
  const scheduled = conditionOf(live, 'PodScheduled');
  if (scheduled?.status === 'False') return progressing(scheduled.message || scheduled.reason);
  return progressing(waitingReasons(live)[0] ?? (phase === '' ? 'not started' : phase.toLowerCase()));
}

function waitingReasons(live: Resource): readonly string[] {
  return containerStatuses(live).flatMap((status) => {
    const reason = valueAt(status, ['state', 'waiting', 'reason']);
    return typeof reason === 'string' ? [reason] : [];
  });
}

function reasonOfContainers(live: Resource): string {
  for (const status of containerStatuses(live)) {
    const reason = valueAt(status, ['state', 'terminated', 'reason']);
    const code = valueAt(status, ['state', 'terminated', 'exitCode']);
    if (typeof reason === 'string' && code !== 0) return `${reason}, exit code ${String(code)}`;
  }
  return '';
}

function containerStatuses(live: Resource): readonly JsonObject[] {
  return ['initContainerStatuses', 'containerStatuses'].flatMap((field) => {
    const list = valueAt(live, ['status', field]);
    return isList(list) ? list.filter(isObject) : [];
  });
}
