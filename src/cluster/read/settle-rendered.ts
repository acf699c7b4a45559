/** What is kept of the values that a chart draws: looked up in the record, and in the cluster where the record has none. */
import { type Settled, type Settling, settle, settleAll } from '../../plan/generated.ts';
import { keyId, keyOf, type Resource } from '../../resource/resource.ts';
import type { Gathering, Prepared } from './gathering.ts';
import { withKeysOf } from './generated-secret.ts';
import { isSecret, type ObjectPlace, readObject } from './objects.ts';
import { mayNotTry } from './predict-here.ts';
import { placeOf } from './prepare.ts';

/** What is kept of the values that the chart draws. Only objects that hold such values are asked for. */
export async function settleRendered(
  context: Gathering,
  rendered: readonly Prepared[],
): Promise<readonly (Settled | undefined)[]> {
  if (rendered.every(({ leaves }) => leaves.length === 0)) return [];
  const settling = await Promise.all(
    rendered.map(async ({ resource, leaves, source }): Promise<Settling> => {
      const id = keyId(keyOf(resource));
      const forms = context.parent?.state.drawn?.[id];
      const recorded = context.recorded.get(id);
      const place = placeOf(context.discovery, resource, source);
      const known = { resource, leaves, forms, recorded, live: undefined };
      if (leaves.length === 0 || place.info.promised === true) return known;
      if (!isSecret(place.info) && settle(known).open.length === 0) return known;
      const live = await readSettling(context, place);
      if (live === 'unseen') return known;
      if (!isSecret(place.info)) return { ...known, live };
      // The record has keys of a Secret and no values: one that is gone cannot be made from it.
      const there = live && withKeysOf(live);
      return { ...known, recorded: there, live: there };
    }),
  );
  return settleAll(settling);
}

/** `unseen`: the login may not look, and what was applied last has to do. */
async function readSettling(
  { view, release }: Gathering,
  place: ObjectPlace,
): Promise<Resource | undefined | 'unseen'> {
  try {
    return await readObject(view.client, place);
  } catch (error) {
    if (release.prediction !== 'fallback' || !(await mayNotTry(view, place, error))) throw error;
    return 'unseen';
  }
}
