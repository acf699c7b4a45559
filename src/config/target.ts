/** Where an environment is, in words. */
import type { Target } from './config.ts';

/** `branch deploy/production of .`, `cluster prod-eu`, `the current cluster` */
export function formatTarget(target: Target): string {
  if (target.kind === 'manifests') {
    return `branch ${target.branch} of ${target.repository === '.' ? 'this repository' : target.repository}`;
  }
  return target.context === undefined ? 'the current cluster' : `cluster ${target.context}`;
}
