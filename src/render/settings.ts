/** `set`, `late` and `secrets` of a release → single values, read from the environment where they live there. */
import type { ResolvedRelease } from '../config/config.ts';
import { wholePattern } from '../config/release.ts';
import { parseValuePath, type ValuePath } from '../config/value-path.ts';
import { Problem } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import type { RenderOptions } from './rendered.ts';

/** Stands where a late value will be. No variable can hold it, so it is never taken for a value. */
export const boundAtApply = '‹bound at apply›';

export interface Setting {
  /** As it was written: `container.tag`. */
  readonly text: string;
  readonly path: ValuePath;
  readonly value: Json;
  /** From a CI variable that nobody may see. */
  readonly isSecret?: true;
}

export interface Settings {
  readonly settings: readonly Setting[];
  readonly secrets: readonly string[];
  readonly notices: readonly string[];
}

/** Throws Problem `late-value-refused` when a value is missing at apply, or is not what its pattern asks for. */
export function readSettings(options: Pick<RenderOptions, 'release' | 'phase' | 'env'>): Settings {
  const { release } = options;
  const settings = Object.entries(release.set).map(([text, value]) => settingOf(text, value));
  const secrets: string[] = [];
  const notices: string[] = [];
  for (const [text, { env, matches }] of Object.entries(release.late)) {
    const value = options.env(env);
    if (value === undefined || value === '') {
      if (options.phase === 'apply') throw missing(release, `late.${text}`, env);
      settings.push(settingOf(text, boundAtApply));
      notices.push(`${release.name}: ${text} is bound at apply, from ${env}`);
      continue;
    }
    if (matches !== undefined && !wholePattern(matches).test(value)) throw mismatch(release, text, env, matches);
    settings.push(settingOf(text, value));
  }
  for (const [text, env] of Object.entries(release.secrets)) {
    const value = options.env(env);
    if (value === undefined || value === '') {
      if (options.phase === 'apply') throw missing(release, `secrets.${text}`, env);
      settings.push({ ...settingOf(text, secretPlaceholder(env)), isSecret: true });
      notices.push(`${release.name}: the secret ${text} is not there (${env}), so whether it changes is not known`);
      continue;
    }
    settings.push({ ...settingOf(text, value), isSecret: true });
    secrets.push(value);
  }
  return { settings, secrets: secrets.toSorted((a, b) => b.length - a.length), notices };
}

/** Stands where a secret would be that this run does not have. */
export function secretPlaceholder(env: string): string {
  return `‹secret ${env}›`;
}

function settingOf(text: string, value: Json): Setting {
  const parsed = parseValuePath(text);
  if (parsed.kind === 'mistake') throw new Error(`${text}: ${parsed.message}`);
  return { text, path: parsed.path, value };
}

function missing(release: ResolvedRelease, key: string, env: string): Problem {
  return new Problem({
    reason: 'late-value-refused',
    message: `release ${release.name}: ${key} needs the environment variable ${env}, which is not set`,
    hint: `Give ${env} to the job that applies.`,
  });
}

/** The value itself is not shown: whoever chose the pattern may have meant to keep something out. */
function mismatch(release: ResolvedRelease, text: string, env: string, matches: string): Problem {
  return new Problem({
    reason: 'late-value-refused',
    message: `release ${release.name}: the value of ${env} for late.${text} does not match ${matches}`,
    hint: 'The pattern must match the whole value.',
  });
}
