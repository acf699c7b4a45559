/** A configuration without a file, from what stands on the command line: `pushgate plan charts/catalog -n shop`. */
import { combineProblems, Problem } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import type { Config, Target } from './config.ts';
import { policyDefaults } from './environment.ts';
import { checkRelease } from './release.ts';
import { parseValuePath } from './value-path.ts';

export interface CommandLineFacts {
  /** Path of a chart relative to the repository, or oci://… */
  readonly chart: string;
  /** Name of the release; the chart's own last name when left out. */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly version?: string | undefined;
  readonly values?: readonly string[] | undefined;
  /** `path=value` each, typed as Helm types --set. */
  readonly set?: readonly string[] | undefined;
  readonly target?: Target | undefined;
}

/** The one environment of a configuration without a file. */
export const commandLineEnvironment = 'default';

/**
 * One release in one environment. Nobody has decided here who may apply, so the gate is the strictest default.
 * Throws Problem `usage`.
 */
export function configOfCommandLine(facts: CommandLineFacts): Config {
  const name = facts.name ?? nameOfChart(facts.chart);
  const checked = checkRelease(
    {
      name,
      chart: facts.chart,
      namespace: facts.namespace ?? 'default',
      set: parseSettings(facts.set ?? []),
      values: [...(facts.values ?? [])],
      ...(facts.version === undefined ? {} : { version: facts.version }),
    },
    [],
    undefined,
  );
  const problems = checked.mistakes.map(({ message, hint }) => new Problem({ reason: 'usage', message, hint }));
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 53) {
    problems.push(
      new Problem({
        reason: 'usage',
        message: `"${name}" is not a name of a release`,
        hint: 'Names have small letters, digits, - and . only; give it another in pushgate.yaml.',
      }),
    );
  }
  const failure = combineProblems(problems);
  if (failure !== undefined) throw failure;
  if (checked.value === undefined) throw new Error('a release without mistakes has no value');
  return {
    file: '',
    releases: [checked.value],
    environments: [
      {
        name: commandLineEnvironment,
        target: facts.target ?? { kind: 'cluster', context: undefined },
        ...policyDefaults,
        after: [],
        releases: [name],
        overrides: {},
        namespaces: undefined,
      },
    ],
  };
}

function nameOfChart(chart: string): string {
  const last =
    chart
      .replace(/[@:][^/]*$/, '')
      .split('/')
      .findLast((step) => step !== '' && step !== '.') ?? '';
  return last.replace(/\.(ya?ml|json|tgz)$/, '').toLowerCase();
}

function parseSettings(settings: readonly string[]): Record<string, Json> {
  const entries = settings.map((setting): [string, Json] => {
    const equals = setting.indexOf('=');
    const path = setting.slice(0, Math.max(equals, 0));
    const parsed = parseValuePath(path);
    if (equals < 0 || parsed.kind === 'mistake') {
      const because = equals < 0 ? 'there is no =' : parsed.kind === 'mistake' ? parsed.message : '';
      throw new Problem({
        reason: 'usage',
        message: `--set "${setting}": ${because}`,
        hint: 'It is written path.of.value=something.',
      });
    }
    return [path, typedScalar(setting.slice(equals + 1))];
  });
  return Object.fromEntries(entries);
}

/** As Helm types what follows --set: words for booleans and null, whole numbers without leading zeros, else text. */
function typedScalar(text: string): Json {
  const word = text.toLowerCase();
  if (word === 'true') return true;
  if (word === 'false') return false;
  if (word === 'null') return null;
  if (text === '0' || /^-?[1-9]\d{0,17}$/.test(text)) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }
  return text;
}
