/** What a run knows to be secret before it renders anything: an error may stop it at any moment, and quote it. */
import type { Config } from '../../config/config.ts';
import { maskText } from '../../plan/mask.ts';
import { Problem } from '../../problem.ts';
import type { Host } from '../host.ts';

/** Values of the variables that releases take their secrets from, longest first. */
export function secretsOfRun(host: Host, configs: readonly (Config | undefined)[]): readonly string[] {
  const names = configs.flatMap((config) => [
    ...(config?.releases ?? []).flatMap(({ secrets }) => Object.values(secrets)),
    ...(config?.environments ?? []).flatMap(({ overrides }) =>
      Object.values(overrides).flatMap(({ secrets }) => Object.values(secrets ?? {})),
    ),
  ]);
  const values = [...new Set(names)].map((name) => host.env[name] ?? '').filter((value) => value !== '');
  const own = [host.given.text('token'), host.given.text('key')].filter((value) => value !== undefined);
  return [...values, ...own].toSorted((a, b) => b.length - a.length);
}

/** The same Problem without any form of the values; programs and servers quote what they were given. */
export function maskedProblem(problem: Problem, secrets: readonly string[]): Problem {
  const masked = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : maskText(text, secrets);
  return new Problem({
    reason: problem.reason,
    message: maskText(problem.message, secrets),
    where: problem.where,
    excerpt: masked(problem.excerpt),
    hint: masked(problem.hint),
    more: problem.more.map((other) => maskedProblem(other, secrets)),
    cause: problem.cause,
  });
}
