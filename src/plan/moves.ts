/** Objects that one release gives up and another takes over in the same plan. */
import { keyId } from '../resource/resource.ts';
import type { ReleaseFacts } from './facts.ts';

/**
 * The facts without the deletion of what another release now renders: that one takes the object over as it is, and
 * deleting it would take its data and its pods with it.
 */
export function withMoves(releases: readonly ReleaseFacts[]): readonly ReleaseFacts[] {
  const wanted = new Set(
    releases.flatMap(({ objects }) =>
      objects.filter(({ desired }) => desired !== undefined).map(({ key }) => keyId(key)),
    ),
  );
  return releases.map((release) => {
    const moved = release.objects.filter(({ key, desired }) => desired === undefined && wanted.has(keyId(key)));
    if (moved.length === 0) return release;
    return {
      ...release,
      objects: release.objects.filter((object) => !moved.includes(object)),
      moved: moved.map(({ key }) => key),
    };
  });
}
