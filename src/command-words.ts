/** The words of the command line after the verb: options with their values, and mistakes in them in our own words. */
import { parseArgs } from 'node:util';
import type { OptionName, OwnVerb } from './options.ts';
import { optionRows, passThrough, verbs } from './options.ts';
import { nearest, Problem } from './problem.ts';

export interface CommandWords {
  /** Of each option that was given, the values in their order; a switch has `true`. */
  readonly values: ReadonlyMap<OptionName, readonly string[]>;
  readonly words: readonly string[];
}

/** @throws {Problem} `usage` for an option that is none of the verb, has no value, or has one too many */
export function readWords(verb: OwnVerb, args: readonly string[]): CommandWords {
  const known = optionsOf(verb);
  const table = Object.fromEntries(
    known.map((name) => {
      const { type, short } = optionRows[name];
      const isSwitch = type === 'switch';
      return [name, { type: isSwitch ? ('boolean' as const) : ('string' as const), ...(short && { short }) }];
    }),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: table,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<OptionName, readonly string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const name = known.find((one) => one === token.name);
    if (name === undefined) throw unknownOption(verb, token.rawName, known);
    const { value, inlineValue, rawName } = token;
    if (optionRows[name].type === 'switch') {
      if (value !== undefined) throw usage(verb, `${rawName} takes no value, but has "${value}"`);
      values.set(name, ['true']);
    } else {
      if (value === undefined) throw usage(verb, `${rawName} needs a value`);
      if (inlineValue === false && /^-./.test(value))
        throw usage(verb, `${rawName} needs a value, and "${value}" looks like an option`, {
          hint: `If it is meant: --${name}=${value}. `,
        });
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  return { values, words };
}

export function unknownVerb(word: string): Problem {
  const habit = Object.hasOwn(verbHabits, word) ? verbHabits[word] : undefined;
  const suggestion = nearest(word, Object.keys(verbs));
  const near = suggestion === undefined ? '' : `Did you mean "${suggestion}"? `;
  return new Problem({
    reason: 'usage',
    message: `there is no command "${word}"`,
    hint: `${habit === undefined ? near : `${habit} `}pushgate help lists the commands.`,
  });
}

function optionsOf(verb: OwnVerb): readonly OptionName[] {
  return (Object.keys(optionRows) as OptionName[]).filter((name) => optionRows[name].verbs.includes(verb));
}

function unknownOption(verb: OwnVerb, typed: string, known: readonly OptionName[]): Problem {
  const name = typed.replace(/^-+/, '');
  const isLong = typed.startsWith('--');
  const habit = Object.hasOwn(optionHabits, name) ? optionHabits[name] : undefined;
  const elsewhere = (Object.keys(optionRows) as OptionName[]).find((one) =>
    isLong ? one === name : optionRows[one].short === name,
  );
  const near = isLong ? nearest(name, known) : undefined;
  const of = elsewhere === undefined ? undefined : optionRows[elsewhere].verbs.filter((one) => !isPassThrough(one));
  const hints = [
    ...(habit === undefined ? [] : [`${habit} `]),
    ...(of === undefined ? [] : [`--${elsewhere} is an option of ${of.join(', ')}. `]),
    ...(habit === undefined && of === undefined && near !== undefined ? [`Did you mean --${near}? `] : []),
  ];
  return usage(verb, `${verb} has no option ${typed}`, { hint: hints.join('') });
}

function isPassThrough(verb: string): boolean {
  return passThrough.some((one) => one === verb);
}

function usage(verb: OwnVerb, message: string, { hint }: { readonly hint: string } = { hint: '' }): Problem {
  return new Problem({ reason: 'usage', message, hint: `${hint}pushgate ${verb} --help lists the options.` });
}

const applies = 'pushgate plan shows what would change, pushgate apply does it.';

/** What people type who come from Helm, helmfile or kubectl. */
const verbHabits: Readonly<Record<string, string>> = {
  upgrade: applies,
  install: applies,
  deploy: applies,
  sync: applies,
  diff: 'pushgate plan is the diff; --lines shows every line.',
  uninstall: 'pushgate delete takes a release away.',
  destroy: 'pushgate delete takes a release away.',
  remove: 'pushgate delete takes a release away.',
  list: 'pushgate status lists what is applied.',
  ls: 'pushgate status lists what is applied.',
  get: 'pushgate status shows what is applied, pushgate history its revisions.',
  lint: 'pushgate render says what is wrong with a chart or a values file, pushgate doctor with the rest.',
  validate: 'pushgate render says what is wrong with a chart or a values file, pushgate doctor with the rest.',
  build: 'pushgate render prints the objects.',
};

const inFile = 'of the release in pushgate.yaml';
const optionHabits: Readonly<Record<string, string>> = {
  f: `Write values: ${inFile}.`,
  values: `Write values: ${inFile}.`,
  n: `Write namespace: ${inFile}.`,
  namespace: `Write namespace: ${inFile}.`,
  set: `Write it as set: ${inFile}, or into a file for --values of a chart on the command line.`,
  'set-string': `Write it as set: ${inFile}, in quotes for a text.`,
  'set-file': `Put the text into a values file.`,
  'dry-run': 'pushgate plan is the dry run, by the server itself.',
  install: 'An apply creates what is not there yet.',
  wait: 'An apply waits until all is ready; --timeout says how long.',
  atomic: 'pushgate rollback brings a former revision back; nothing does so by itself.',
  'kube-context': 'Write it as cluster.context of the environment in pushgate.yaml.',
  context: 'Write it as cluster.context of the environment in pushgate.yaml.',
  kubeconfig: 'Set the variable KUBECONFIG.',
  'create-namespace': 'Give the release a Namespace object, or have the namespace made before.',
  'include-crds': `Write helm.includeCrds ${inFile}.`,
  version: `Write version: ${inFile}. pushgate --version prints its own.`,
};
