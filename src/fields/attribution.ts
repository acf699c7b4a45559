/** Who set a field, and when: read from the server's own notes, so it names tools and not people. */
import type { Resource } from '../resource/resource.ts';
import { type FieldStep, isOurs, managedEntries, newestFirst, owns } from './managed.ts';

export interface Author {
  readonly manager: string;
  /** ISO time of that manager's last change to the object; '' where the server notes none, as for `scale`. */
  readonly time: string;
  /** `scale` or `status` where the field was set through a subresource. */
  readonly subresource: string;
}

/**
 * The newest manager other than ourselves that owns the field, or undefined when nobody else does (then our own value
 * was written by another run, or the field is gone).
 */
export function authorOf(live: Resource, path: readonly FieldStep[]): Author | undefined {
  const [newest] = newestFirst(managedEntries(live).filter((entry) => !isOurs(entry) && owns(entry, path)));
  if (newest === undefined) return undefined;
  return { manager: newest.manager, time: newest.time, subresource: newest.subresource };
}
