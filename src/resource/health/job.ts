import type { Resource } from '../resource.ts';
import { groupOf, valueAt } from '../resource.ts';
import { conditionOf, failed, type Health, numberAt, progressing, ready } from './state.ts';

/** A Job is ready when it is done: whoever applies one waits for what it does. */
export function jobHealth(live: Resource): Health {
  const failure = conditionOf(live, 'Failed');
  if (failure?.status === 'True') return failed(failure.message || failure.reason);
  if (conditionOf(live, 'Complete')?.status === 'True') return ready('completed');
  if (valueAt(live, ['spec', 'suspend']) === true) return { state: 'suspended', message: 'suspended' };
  const wanted = numberAt(live, ['spec', 'completions'], 1);
  return progressing(`${numberAt(live, ['status', 'succeeded'], 0)} of ${wanted} completed`);
}

/** Whether it goes by itself when it is done, so that its absence says nothing. */
export function deletesItself({ apiVersion, kind, spec }: Resource): boolean {
  return kind === 'Job' && groupOf(apiVersion) === 'batch' && typeof valueAt(spec ?? {}, [ttl]) === 'number';
}

const ttl = 'ttlSecondsAfterFinished';
