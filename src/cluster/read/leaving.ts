/** Objects that are being deleted: they stay while finalizers hold them, and then go whatever was applied to them. */
import type { Refusal } from '../../plan/facts.ts';
import { formatKey, isList, keyOf, type Resource } from '../../resource/resource.ts';

/** `is being deleted since …, held by …`; undefined for an object that is there to stay. */
export function leavingText({ metadata }: Resource): string | undefined {
  const { deletionTimestamp: since, finalizers } = metadata;
  if (typeof since !== 'string') return undefined;
  const holders = isList(finalizers) ? finalizers.map(String).filter((name) => !isDeletersOwn(name)) : [];
  const held =
    holders.length === 0 ? '' : `, held by ${holders.length === 1 ? 'finalizer' : 'finalizers'} ${holders.join(', ')}`;
  return `is being deleted since ${since}${held}`;
}

/** Ways of deleting that the server itself notes as finalizers. */
function isDeletersOwn(finalizer: string): boolean {
  return finalizer === 'orphan' || finalizer === 'foregroundDeletion';
}

/** What is written to such an object is lost with it, and a new one cannot be made before it is gone. */
export function leavingRefusal(live: Resource): Refusal | undefined {
  const text = leavingText(live);
  if (text === undefined) return undefined;
  return {
    reason: 'conflict',
    text: `${formatKey(keyOf(live))} ${text}`,
    hint: 'Nothing is written until it is gone. Who sets the finalizer has to take it away; then plan again.',
  };
}
