/** Whether what is to be applied was shown. */
import type { Change, PlannedRelease } from '../plan/plan.ts';
import type { MergedRequest } from './facts.ts';
import type { ShownRelease } from './shown.ts';

/** What these showed of a release, by the name that it has in an environment of this place (`shownAs`). */
export function shownIn(
  requests: readonly MergedRequest[],
  environment: string,
  name: string,
): readonly ShownRelease[] {
  return requests.flatMap(({ shown }) => {
    const releases = shown?.environments[environment];
    return releases !== undefined && Object.hasOwn(releases, name) ? (releases[name] ?? []) : [];
  });
}

/** Shown as it is, or shown in parts by several merge requests, or within a whole set that was shown as one. */
export function isCovered(change: Change, release: PlannedRelease, shown: readonly ShownRelease[]): boolean {
  const whole = [release.digest, ...(release.otherDigests ?? [])];
  if (shown.some(({ digest }) => whole.includes(digest))) return true;
  const changes = shown.flatMap((one) => one.changes ?? []);
  const parts = new Set(changes.flatMap((one) => one.parts));
  return shownForms(change).some(
    (form) =>
      changes.some(({ digest }) => digest === form.digest) ||
      (form.parts.length > 0 && form.parts.every((part) => parts.has(part))),
  );
}

/** A plan of a login that may not try the object shows it in another form, which covers the same. */
function shownForms(change: Change): readonly Pick<Change, 'digest' | 'parts'>[] {
  return change.here === undefined || change.here === 'unchanged' ? [change] : [change, change.here];
}

/** Whether a merge request showed any of what is applied. */
export function contributes(release: PlannedRelease, shown: readonly ShownRelease[]): boolean {
  const whole = [release.digest, ...(release.otherDigests ?? [])];
  if (shown.some(({ digest }) => whole.includes(digest))) return true;
  const needed = new Set(release.changes.flatMap(shownForms).flatMap(({ digest, parts }) => [digest, ...parts]));
  return shown.some(({ changes }) =>
    changes?.some(({ digest, parts }) => [digest, ...parts].some((one) => needed.has(one))),
  );
}
