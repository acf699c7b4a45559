import { HelmError } from './helm-error.ts';
import type { Profile } from './profile.ts';

const pattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const maxLength = 53;

/** Throws `HelmError` of stage `options` for a name no release may have, in the words of the given Helm's check. */
export function checkReleaseName(name: string, profile: Profile): void {
  if (name !== '' && name.length <= maxLength && isReleaseName(name)) return;
  const reason =
    name === ''
      ? 'no name provided'
      : `invalid release name, must match regex ${pattern} and the length must not be longer than ${maxLength}`;
  throw new HelmError({
    stage: 'options',
    message: `${profile.major === 3 ? '' : 'release name check failed: '}release name ${JSON.stringify(name)}: ${reason}`,
  });
}

/** Label by label, because the pattern as a whole backtracks. */
function isReleaseName(name: string): boolean {
  return name.split('.').every((label) => /^[a-z0-9-]+$/.test(label) && !label.startsWith('-') && !label.endsWith('-'));
}
