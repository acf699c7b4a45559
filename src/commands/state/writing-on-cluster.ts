/** What writing to a cluster takes from its run, whichever verb asks for it. */
import type { ApplyReleases } from '../../cluster/writing.ts';
import type { Policy } from '../../config/policy.ts';
import { progressText } from '../../report/progress.ts';
import { version } from '../../version.ts';
import type { Host } from '../host.ts';
import { durationOf, readyTimeoutOf } from '../run/duration.ts';
import type { ClusterPlace } from './state.ts';

type OfRun = Pick<
  ApplyReleases,
  | 'client'
  | 'discovery'
  | 'environment'
  | 'key'
  | 'toolVersion'
  | 'lockWait'
  | 'readyTimeout'
  | 'onProgress'
  | 'signal'
  | 'now'
>;

/** `policy` says how long readiness is waited for. Throws `Problem` (`usage`) for an option that is no length of time. */
export function writingOnCluster(host: Host, place: ClusterPlace, policy: Pick<Policy, 'wait'> | undefined): OfRun {
  return {
    client: place.view.client,
    discovery: place.view.discovery,
    environment: place.environment,
    key: host.given.text('key'),
    toolVersion: version,
    lockWait: durationOf(host, 'lock-timeout', '2m'),
    readyTimeout: readyTimeoutOf(host, policy),
    onProgress: (progress) => host.progress(progressText(progress)),
    signal: host.signal,
    now: host.now,
  };
}
