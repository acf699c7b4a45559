/** What happens during an apply, one line each, for a log or the last line of a terminal. */
import { formatKey, type ResourceKey } from '../resource/resource.ts';

/** The same events that the cluster's writer tells of. */
export type ProgressEvent =
  | { readonly kind: 'waiting-for-lock'; readonly holder: string; readonly since: string }
  | { readonly kind: 'wrote'; readonly key: ResourceKey; readonly outcome: string }
  | { readonly kind: 'failed' | 'waiting' | 'ready'; readonly key: ResourceKey; readonly message: string };

export function progressText(event: ProgressEvent): string {
  switch (event.kind) {
    case 'waiting-for-lock':
      return `waiting behind ${event.holder}${event.since === '' ? '' : `, which has the lock since ${event.since}`}`;
    case 'wrote':
      return `${event.outcome} ${formatKey(event.key)}`;
    case 'failed':
      return `failed ${formatKey(event.key)}: ${event.message}`;
    case 'waiting':
      return `waiting for ${formatKey(event.key)}: ${event.message}`;
    case 'ready':
      return `ready ${formatKey(event.key)}${event.message === '' ? '' : `: ${event.message}`}`;
  }
}
