import type { Json, Resource } from '../resource.ts';
import { isList, isObject, valueAt } from '../resource.ts';
import { conditionOf, failed, type Health, progressing, ready, textAt } from './state.ts';

/** Reasons of a waiting container that do not pass by waiting. */
const stuck = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

export function podHealth(live: Resource): Health {
  const phase = textAt(live, ['status', 'phase']);
  if (phase === 'Succeeded') return ready('completed');
  if (phase === 'Failed') return failed(textAt(live, ['status', 'message']) || reasonOfContainers(live) || 'failed');
  const trouble = waitingReasons(live).find((reason) => stuck.has(reason));
  if (trouble !== undefined) return failed(trouble);
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

function containerStatuses(live: Resource): readonly Json[] {
  return ['initContainerStatuses', 'containerStatuses'].flatMap((field) => {
    const list = valueAt(live, ['status', field]);
    return isList(list) ? list.filter(isObject) : [];
  });
}
