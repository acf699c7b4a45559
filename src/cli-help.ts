/** Help that a newcomer understands, made from the option table. */
import type { OptionName, Verb } from './options.ts';
import { choicesOf, optionRows, verbs } from './options.ts';

export function helpText(verb: Verb | undefined): string {
  return verb === undefined ? overview() : verbHelp(verb);
}

function overview(): string {
  return [
    'Pushgate: see what will change in the cluster, approve it, get exactly that.',
    '',
    'Usage: pushgate <command> [options]',
    '',
    'Commands:',
    ...columns(Object.entries(verbs)),
    '',
    'Start here, in a repository with a chart:',
    '  pushgate plan charts/catalog -n shop     what it would create; no configuration needed',
    '  pushgate plan                            every environment of pushgate.yaml',
    '',
    'pushgate help <command> explains a command. Exit codes: 0 done, 1 error, 2 changes or drift',
    '(only with --detailed-exitcode), 3 refused by the gate, 4 partly applied, 130/143 cancelled.',
    '',
  ].join('\n');
}

const usage: Partial<Record<Verb, string>> = {
  plan: 'pushgate plan [CHART] [options]',
  report: 'pushgate report FILE... [options]',
  render: 'pushgate render [CHART] [options]',
  explain: 'pushgate explain KIND/NAME PATH [options]',
  heal: 'pushgate heal [RELEASE...] --environment NAME [options]',
  status: 'pushgate status [RELEASE...] [options]',
  history: 'pushgate history RELEASE --environment NAME [options]',
  rollback: 'pushgate rollback RELEASE --environment NAME [options]',
  hold: 'pushgate hold RELEASE... --environment NAME --reason TEXT',
  unhold: 'pushgate unhold RELEASE... --environment NAME',
  unlock: 'pushgate unlock RELEASE... --environment NAME --reason TEXT',
  delete: 'pushgate delete RELEASE --environment NAME [options]',
  template: 'pushgate template [NAME] CHART [flags] | pushgate template --batch JOBS',
  verify: 'pushgate verify FOLDER... [--helm PROGRAM] [--with "FLAGS"]... [--output text|json]',
};

/** What verbs with flags of their own say about them. */
const flagsHelp: Partial<Record<Verb, readonly string[]>> = {
  template: [
    'Its flags are those of helm template; --helm-version VERSION says which release of Helm to be.',
    'JOBS is a file with one JSON object a line: {"id","release","chart","args","values","out"}.',
  ],
  verify: [
    'Each chart is rendered with its defaults, with each file of its ci folder, and with the flags of each --with.',
    'Helm runs twice, so that what is random in a chart is not held against the comparison.',
  ],
};

function verbHelp(verb: Verb): string {
  const rows = Object.entries(optionRows)
    .filter(([, row]) => row.verbs.includes(verb))
    .map(([name, row]): [string, string] => {
      const choices = choicesOf(name as OptionName, verb);
      const value =
        row.type === 'switch' ? '' : ` ${choices === undefined ? row.type.toUpperCase() : choices.join('|')}`;
      const fallback = row.fallback === undefined ? '' : ` Default: ${row.fallback}.`;
      const variables = row.env === undefined ? '' : ` Else from ${row.env.join(' or ')}.`;
      return [
        `${row.short === undefined ? '    ' : `-${row.short}, `}--${name}${value}`,
        `${row.help}${fallback}${variables}`,
      ];
    });
  return [
    verbs[verb],
    '',
    `Usage: ${usage[verb] ?? `pushgate ${verb} [options]`}`,
    '',
    ...(rows.length === 0
      ? (flagsHelp[verb] ?? [])
      : [
          'Options:',
          ...columns(rows),
          '',
          'Every option can also be set by a variable: --expect-digest is PUSHGATE_EXPECT_DIGEST.',
        ]),
    '',
  ].join('\n');
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const wide = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) =>
    left.length > wide ? [`  ${left}`, `  ${' '.repeat(wide)}  ${right}`] : [`  ${left.padEnd(wide)}  ${right}`],
  );
}
