import { expect, test } from '@jest/globals';
import { fromText, toText } from '../../src/helm/bytes.ts';
import type { HelmFunction } from '../../src/helm/function.ts';
import { helmFunctions } from '../../src/helm/functions/index.ts';
import { type Profile, profileOf } from '../../src/helm/profile.ts';
import type { GoVersion } from '../../src/helm/template/run.ts';
import { TemplateError } from '../../src/helm/template/template-error.ts';
import { parseTemplates } from '../../src/helm/template/template-set.ts';
import { dictOf, GoMap, listOf, mapType, types, type Value } from '../../src/helm/value.ts';
import { findHelm, type Helm, type HelmOutcome, helmTemplate } from './helm.ts';
import { randomCall, seededDraw, VALUES } from './random-calls.ts';

/**
 * Random calls of every function, answered by the real helm and by ours. Calls that succeed are put into charts by the
 * hundred; calls that fail end a rendering, so each costs a run of helm and only some are compared.
 *
 * ORACLE_SEED and ORACLE_CASES repeat or widen a run.
 */
const seed = Number(process.env['ORACLE_SEED'] ?? 13);
const cases = Number(process.env['ORACLE_CASES'] ?? 1500);
const comparedFailures = Math.ceil(cases / 25);
const batchSize = 250;

/**
 * Not called at random: results differ by nature, need a template or a cluster, or (`keys`, `values`) come in random
 * order from Go; a date without a fitting argument is now; derivePassword takes a second.
 */
const LEFT_OUT =
  /^(include|tpl|lookup|keys|values|date|dateInZone|date_in_zone|htmlDate|htmlDateInZone|derivePassword)$/;

const helm = findHelm();

if (typeof helm === 'string') {
  test.skip(`skipped: ${helm}`, () => {});
} else {
  test(`${cases} random calls of functions end as with helm ${helm.profile.version} (seed ${seed})`, () => {
    const { succeeding, failing } = sorted(randomTemplates(helm.profile), helm.profile);
    const differences = [
      ...batches(succeeding).flatMap((batch) => compareSuccesses(helm, batch)),
      ...failing.slice(0, comparedFailures).flatMap((failure) => compareFailure(helm, failure)),
    ];
    process.stderr.write(
      `functions: seed ${seed}, ${succeeding.length} calls that succeed and ${Math.min(failing.length, comparedFailures)} ` +
        `that fail compared with helm ${helm.profile.version}, ${differences.length} different\n`,
    );
    expect(differences).toEqual([]);
    // A generator that only makes nonsense would prove nothing.
    expect(succeeding.length).toBeGreaterThan(cases / 3);
  }, 600_000);

  test(`helm ${helm.profile.version} knows every function that we offer, and we offer none too few of its age`, () => {
    const offered = [...helmFunctions(helm.profile).keys()];
    const known = offered.map((name) => `{{ if false }}{{ ${name} }}{{ end }}`).join('\n');
    expect(helmTemplate(helm, chartOf(known)).status).toBe('ok');
    const newer = [...helmFunctions(profile('4.2.4')).keys()].filter((name) => !offered.includes(name));
    for (const name of [...newer, 'env', 'expandenv']) {
      expect(helmTemplate(helm, chartOf(`{{ if false }}{{ ${name} }}{{ end }}`)).text).toContain(
        `function "${name}" not defined`,
      );
    }
  });
}

interface Failure {
  readonly template: string;
  readonly message: string;
}

function profile(version: string): Profile {
  const found = profileOf(version);
  if (found === undefined) throw new Error(`no profile ${version}`);
  return found;
}

function randomTemplates(of: Profile): string[] {
  const functions = [...helmFunctions(of).values()].filter(
    ({ name, varies }: HelmFunction) => varies === undefined && !LEFT_OUT.test(name),
  );
  const maker = { draw: seededDraw(seed), functions };
  return Array.from({ length: cases }, (_, index) => {
    const fn = functions[index % functions.length] as HelmFunction;
    return `{{ $r := ${randomCall(maker, fn, 2)} }}{{ printf "%T|%v" $r $r | b64enc }}`;
  });
}

function sorted(templates: readonly string[], of: Profile): { succeeding: string[]; failing: Failure[] } {
  const succeeding: string[] = [];
  const failing: Failure[] = [];
  for (const template of templates) {
    const outcome = ours(template, of);
    if (outcome.status === 'ok') succeeding.push(template);
    else failing.push({ template, message: outcome.text });
  }
  return { succeeding, failing };
}

function batches(templates: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(templates.length / batchSize) }, (_, index) =>
    templates.slice(index * batchSize, (index + 1) * batchSize),
  );
}

/** A batch that helm cannot render has a call that ought to have failed: halving finds it. */
function compareSuccesses(by: Helm, batch: readonly string[]): string[] {
  const theirs = helmTemplate(by, chartOf(batch.map((template, index) => `c${index}: ${template}`).join('\n')));
  if (theirs.status === 'error') {
    if (batch.length === 1) return [`${batch[0]}\n  helm: ${theirs.text}\n  ours: no error`];
    const half = batch.length >> 1;
    return [...compareSuccesses(by, batch.slice(0, half)), ...compareSuccesses(by, batch.slice(half))];
  }
  const answers = new Map(
    [...theirs.text.matchAll(/^c(\d+): (.*)$/gm)].map(([, index, text]) => [Number(index), text]),
  );
  return batch.flatMap((template, index) => {
    const mine = ours(template, by.profile).text;
    const answer = answers.get(index);
    return answer === mine ? [] : [`${template}\n  helm: ${decoded(answer)}\n  ours: ${decoded(mine)}`];
  });
}

function compareFailure(by: Helm, { template, message }: Failure): string[] {
  const theirs: HelmOutcome = helmTemplate(by, chartOf(template));
  if (theirs.status === 'error' && theirs.text === message.trimEnd()) return [];
  return [`${template}\n  helm: ${theirs.text}\n  ours: ${message}`];
}

function decoded(text: string | undefined): string {
  return JSON.stringify(Buffer.from(text ?? '', 'base64').toString('latin1'));
}

const HEAD = '{{ $v := deepCopy .Values }}';

function chartOf(template: string): Record<string, string> {
  const body = template
    .split('\n')
    .map((line) => line.replace('{{', `${HEAD}{{`))
    .join('\n');
  return {
    'Chart.yaml': 'apiVersion: v2\nname: oracle\nversion: 1.0.0\n',
    'values.yaml': JSON.stringify(VALUES),
    'templates/cases.yaml': body,
  };
}

function ours(template: string, of: Profile): HelmOutcome {
  const name = 'oracle/templates/cases.yaml';
  const values = new GoMap(
    { ...mapType(types.any), name: of.major === 3 ? 'chartutil.Values' : 'common.Values', named: true },
    entriesOf(VALUES),
  );
  try {
    const set = parseTemplates([{ name, text: fromText(HEAD + template) }], {
      functions: helmFunctions(of),
      environment: {
        randomBytes: (count) => new Uint8Array(count),
        now: () => BigInt(Date.now()) * 1_000_000n,
        timeZone: 'UTC',
      },
      goVersion: `1.${of.goMinor}` as GoVersion,
      errorLayout: of.major === 3 ? 'chain' : 'blocks',
    });
    return { status: 'ok', text: toText(set.execute(name, dictOf([['Values', values]]))) };
  } catch (error) {
    if (error instanceof TemplateError) return { status: 'error', text: error.message };
    throw error;
  }
}

function entriesOf(data: object): Map<string, Value> {
  return new Map(Object.entries(data).map(([key, value]) => [fromText(key), asValue(value)] as const));
}

function asValue(data: unknown): Value {
  if (typeof data === 'string') return fromText(data);
  if (typeof data === 'number' || typeof data === 'boolean') return data;
  if (typeof data !== 'object' || data === null) return null;
  if (Array.isArray(data)) return listOf(data.map(asValue));
  return dictOf(Object.entries(data).map(([key, value]) => [fromText(key), asValue(value)] as const));
}
