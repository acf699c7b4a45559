import type { Resource } from '../resource.ts';
import { conditionOf, failed, type Health, numberAt, progressing, ready } from './state.ts';

export function horizontalPodAutoscalerHealth(live: Resource): Health {
  const able = conditionOf(live, 'AbleToScale');
  if (able?.status === 'False') return failed(able.message || able.reason);
  const active = conditionOf(live, 'ScalingActive');
  // Switched off by scaling its target to nothing is no fault.
  if (active?.status === 'False' && active.reason !== 'ScalingDisabled') {
    return progressing(active.message || active.reason);
  }
  if (able === undefined) return progressing('not seen by its controller yet');
  const [current, wanted] = [
    numberAt(live, ['status', 'currentReplicas'], 0),
    numberAt(live, ['status', 'desiredReplicas'], 0),
  ];
  return ready(current === wanted ? `${current} replicas` : `scaling ${current} to ${wanted}`);
}
