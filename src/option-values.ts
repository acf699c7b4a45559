/** What is wrong with the value of an option, wherever it was given; and variables that only look like options. */
import type { OptionName, Verb } from './options.ts';
import { choicesOf, optionRows, variableOf } from './options.ts';
import { nearest, Problem } from './problem.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `1h30m`, `250ms`, `0` in milliseconds; undefined for anything else. */
export function lengthOfTime(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount = '0', unit = 's']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
}

/**
 * Before anything is done: an apply that finds out at its end how long it was to wait is too late.
 *
 * @throws {Problem} `usage`; `said` is how it was given: `--timeout abc`, `PUSHGATE_TIMEOUT=abc`
 */
export function refuseWrongValue(
  option: { readonly verb: Verb; readonly name: OptionName },
  value: string,
  said: string,
): void {
  const { verb, name } = option;
  const { type, form } = optionRows[name];
  const choices = type === 'switch' ? ['true', 'false'] : choicesOf(name, verb);
  if (choices !== undefined && !choices.includes(value)) {
    const near = nearest(value, choices);
    throw new Problem({
      reason: 'usage',
      message: `${said}: it takes ${choices.join(', ')}`,
      hint: near === undefined ? undefined : `Did you mean ${near}?`,
    });
  }
  if (form === 'duration' && lengthOfTime(value) === undefined)
    throw new Problem({
      reason: 'usage',
      message: `${said}: it is no length of time`,
      hint: 'Write it as 90s, 5m or 1h30m.',
    });
}

/**
 * Variables with a typing mistake in the name of an option, told of and not refused: PUSHGATE_… may also be a
 * pipeline's own, and outputs of one job are such variables of the next.
 */
export function lookalikes(env: Variables): readonly string[] {
  const options = (Object.keys(optionRows) as OptionName[]).map(variableOf);
  return Object.keys(env)
    .filter((name) => /^PUSHGATE_/i.test(name) && !options.includes(name) && !ofPipelines.has(name))
    .sort()
    .flatMap((name) => {
      const short = name.slice('PUSHGATE_'.length);
      const near = nearest(
        short,
        options.map((option) => option.slice('PUSHGATE_'.length)),
      );
      return near === undefined ? [] : [`${name} is no option and is not read. Did you mean PUSHGATE_${near}?`];
    });
}

/** Of the GitLab templates, and the outputs as variables. */
const ofPipelines: ReadonlySet<string> = new Set(
  [
    ...['VERSION', 'CHECKSUM', 'PACKAGE', 'IMAGE', 'HOME'],
    ...['REASON_CODE', 'HAS_CHANGES', 'HAS_DRIFT', 'TO_CREATE', 'TO_UPDATE', 'TO_DELETE', 'PLAN_DIGEST'],
    ...['SHARDS', 'MATRIX', 'WAVES'],
  ].map((name) => `PUSHGATE_${name}`),
);
