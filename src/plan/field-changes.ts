/** Judged differences → the lines that people see, masked, and the digest of each. */
import { keyId, type Resource, type ResourceKey } from '../resource/resource.ts';
import { digestOf } from './digest.ts';
import type { ObjectFacts, PlanInput } from './facts.ts';
import type { Judged } from './judge.ts';
import { latePlaceholder } from './late.ts';
import { masker } from './mask.ts';
import { formatPath, stepsOf } from './path.ts';
import type { Action, FieldChange } from './plan.ts';
import { valueText } from './value-text.ts';

interface FieldsOf {
  readonly object: ObjectFacts;
  readonly live: Resource | undefined;
  readonly action: Action;
}

interface DigestedField {
  readonly field: FieldChange;
  readonly digest: string;
}

/**
 * In the order of the differences. Masking is by the object that each side belongs to: Secrets as a whole, others by
 * value.
 */
export function fieldChanges(judged: readonly Judged[], of: FieldsOf, input: PlanInput): readonly DigestedField[] {
  const { object, live } = of;
  const masks = {
    after: masker(object.desired ?? object.live ?? emptyOf(object.key), input.mask),
    before: masker(live ?? object.desired ?? emptyOf(object.key), input.mask),
  };
  return judged.map((one) => fieldChange(one, { ...of, masks }, input));
}

type Mask = ReturnType<typeof masker>;

function fieldChange(
  { difference, cause, isBound }: Judged,
  { object, action, masks }: FieldsOf & { readonly masks: { readonly after: Mask; readonly before: Mask } },
  input: PlanInput,
): DigestedField {
  const from = difference.from === undefined ? undefined : masks.before(difference.path, difference.from);
  const to = difference.to === undefined ? undefined : masks.after(difference.path, difference.to);
  const path = formatPath(difference.path);
  const bindsLate = to !== undefined && JSON.stringify(to.shown, replaceBigint).includes(latePlaceholder);
  return {
    field: {
      path,
      from: from === undefined ? undefined : valueText(from.shown),
      to: to === undefined ? undefined : valueText(to.shown),
      cause,
      origin: to === undefined ? undefined : object.origin?.(difference.path),
    },
    digest: digestOf(
      {
        object: keyId(object.key),
        action,
        path: stepsOf(difference.path),
        ...predictionOf(object),
        from: bindsLate ? latePlaceholder : isBound ? (from?.hashed ?? { absent: true }) : { ignored: true },
        to: to?.hashed ?? { absent: true },
      },
      input.mask.key,
    ),
  };
}

function emptyOf(key: ResourceKey): Resource {
  return { apiVersion: key.group === '' ? 'v1' : `${key.group}/v1`, kind: key.kind, metadata: { name: key.name } };
}

export function predictionOf({ prediction }: ObjectFacts): { readonly prediction?: 'here' } {
  return prediction === undefined ? {} : { prediction };
}

export function replaceBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
