/**
 * `npm run generate`: what follows from the tables in src (options, outputs, reasons) is written from them.
 * `--check` says which files are not what the tables give.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HelmFlag } from '../src/commands/helm/helm-flags.ts';
import { idleFlags, ownFlags, renderFlags } from '../src/commands/helm/template-flags.ts';
import { outputs } from '../src/commands/telling/outputs.ts';
import { forgePlans, gradeTokens } from '../src/gate/grades.ts';
import { arrows, states, ways } from '../src/gate/states.ts';
import type { OptionName } from '../src/options.ts';
import { actionVerbs, gitlabVerbs, optionRows, variableOf, verbs } from '../src/options.ts';
import { exitCodes, reasons } from '../src/problem.ts';
import { installLines, reportFolder, runLine } from '../src/report/gitlab-jobs.ts';
import { normaliserPage } from '../src/report/normaliser-text.ts';
import { reportFiles } from '../src/report/report-files.ts';
import { threatsPage } from './threats-page.ts';

/** Every generated file by its path, as the tables have it now. */
export function generatedFiles(): Readonly<Record<string, string>> {
  const template = gitlabTemplate();
  return {
    'action.yml': actionYaml(),
    '.gitlab-ci-template.yml': template,
    'templates/pushgate.yml': template,
    'templates/pushgate-fleet.yml': gitlabFleetTemplate(),
    'docs/options.md': optionsPage(),
    'docs/reasons.md': reasonsPage(),
    'docs/normaliser.md': normaliserPage(),
    'docs/states.md': statesPage(),
    'docs/threats.md': threatsPage(),
    'docs/grades.md': gradesPage(),
  };
}

const rows = Object.entries(optionRows) as [OptionName, (typeof optionRows)[OptionName]][];
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function helpOf(name: OptionName): string {
  const { help, fallback } = optionRows[name];
  return fallback === undefined ? help : `${help} Default: ${fallback}.`;
}

function actionYaml(): string {
  const inputs = rows.filter(([, row]) => row.fronts.includes('action'));
  return [
    '# Written by `npm run generate` from src/options.ts and src/commands/telling/outputs.ts.',
    'name: Pushgate',
    'description: See what a merge request will change in the cluster, approve it, get exactly that',
    'branding: { icon: git-merge, color: green }',
    'inputs:',
    '  command:',
    `    description: ${quoted(`What to do: ${actionVerbs.join(', ')}.`)}`,
    '    default: plan',
    ...inputs.flatMap(([name]) => [
      `  ${name}:`,
      `    description: ${quoted(helpOf(name))}`,
      ...(name === 'token' ? ['    default: ${{ github.token }}'] : []),
    ]),
    'outputs:',
    ...Object.entries(outputs).flatMap(([name, help]) => [`  ${name}:`, `    description: ${quoted(help)}`]),
    'runs:',
    '  using: node24',
    '  main: dist/action.js',
    '',
  ].join('\n');
}

const gitlabInputs = rows.filter(([, row]) => row.fronts.includes('gitlab'));

/**
 * Inputs are pasted into the file as text, so they only ever stand in `variables:` and in names that their pattern
 * keeps harmless; the script itself is fixed.
 */
function gitlabSpec(inputs: typeof rows): readonly string[] {
  return [
    '# Written by `npm run generate` from src/options.ts. Include it by a full commit id or version.',
    'spec:',
    '  inputs:',
    '    version:',
    '      description: Version of Pushgate.',
    `      default: ${quoted(version)}`,
    '    checksum:',
    '      description: SHA-256 of the package of that version; the job stops when it is another. Empty to trust the registry.',
    "      default: ''",
    '    package:',
    '      description: Where the package comes from, for a mirror or a file; anything that `npm pack` takes.',
    "      default: ''",
    '    image:',
    '      description: Image of the jobs; it needs Node 24, npm and git.',
    "      default: 'node:24'",
    '    prefix:',
    '      description: First part of the names of the jobs.',
    "      default: 'pushgate'",
    '      regex: ^[a-z][a-z0-9-]*$',
    '    stage:',
    '      description: Stage of the jobs.',
    "      default: 'deploy'",
    '      regex: ^[a-z.][a-z0-9_.-]*$',
    ...inputs.flatMap(([name, row]) => [
      `    ${name}:`,
      `      description: ${quoted(helpOf(name))}`,
      "      default: ''",
      ...(row.choices === undefined ? [] : [`      options: ['', ${row.choices.map(quoted).join(', ')}]`]),
      ...(row.type === 'switch' ? ["      options: ['', 'true', 'false']"] : []),
    ]),
    '---',
  ];
}

function gitlabVariables(inputs: typeof rows): readonly string[] {
  return [
    "    PUSHGATE_VERSION: '$[[ inputs.version ]]'",
    "    PUSHGATE_CHECKSUM: '$[[ inputs.checksum ]]'",
    "    PUSHGATE_PACKAGE: '$[[ inputs.package ]]'",
    ...inputs.map(([name]) => `    ${variableOf(name)}: '$[[ inputs.${name} ]]'`),
  ];
}

function gitlabBase(inputs: typeof rows): readonly string[] {
  return [
    '.$[[ inputs.prefix ]]:',
    '  stage: $[[ inputs.stage ]]',
    '  image: $[[ inputs.image ]]',
    '  variables:',
    "    GIT_DEPTH: '0'",
    `    ${variableOf('reports')}: '${reportFolder}'`,
    ...gitlabVariables(inputs),
    '  before_script:',
    ...installLines.map((line) => `    - ${line}`),
    '',
  ];
}

function gitlabTemplate(): string {
  return [
    ...gitlabSpec(gitlabInputs),
    ...gitlabBase(gitlabInputs),
    ...gitlabVerbs.flatMap((verb) => [...job(verb), '']),
  ].join('\n');
}

/**
 * One job finds out what is touched, one starts a pipeline of that. What is handed down to that pipeline is stronger
 * than variables of its jobs, so what they say themselves (which environment, which releases) is not.
 */
function gitlabFleetTemplate(): string {
  const size = 'shard-size' as const satisfies OptionName;
  // Which releases a job has, matrix says; and digests are of whole plans.
  const common = gitlabInputs.filter(([name]) => name !== 'release' && name !== 'expect-digest');
  const inputs = [...common, [size, optionRows[size]] as (typeof rows)[number]];
  const handedDown = common.filter(([name]) => name !== 'environment');
  const rules = (more: readonly string[]): readonly string[] => [
    '  rules:',
    `    - if: ${jobs.plan.rule}`,
    ...more,
    `    - if: ${jobs.apply.rule}`,
  ];
  return [
    ...gitlabSpec(inputs),
    ...gitlabBase(common),
    '$[[ inputs.prefix ]]-matrix:',
    '  extends: .$[[ inputs.prefix ]]',
    ...rules(['      variables:', `        ${variableOf(size)}: '$[[ inputs.${size} ]]'`]),
    '  script:',
    `    - ${runLine('matrix --form gitlab')} > pushgate-jobs.yml`,
    '  artifacts: { paths: [pushgate-jobs.yml], expire_in: 1 day }',
    '',
    '$[[ inputs.prefix ]]-jobs:',
    '  stage: $[[ inputs.stage ]]',
    "  needs: ['$[[ inputs.prefix ]]-matrix']",
    ...rules([]),
    '  variables:',
    "    PUSHGATE_IMAGE: '$[[ inputs.image ]]'",
    ...gitlabVariables(handedDown),
    '  trigger:',
    "    include: [{ artifact: pushgate-jobs.yml, job: '$[[ inputs.prefix ]]-matrix' }]",
    '    strategy: depend',
    '',
    ...job('drift'),
    '',
  ].join('\n');
}

/** When each job runs, and what else it needs. */
const jobs: Readonly<
  Record<(typeof gitlabVerbs)[number], { readonly rule: string; readonly more: readonly string[] }>
> = {
  plan: {
    rule: '$CI_PIPELINE_SOURCE == "merge_request_event"',
    more: artifacts({ terraform: 'terraform.json', codequality: 'code-quality.json' }),
  },
  apply: {
    rule: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"',
    more: ['  resource_group: $[[ inputs.prefix ]]', ...artifacts({})],
  },
  drift: { rule: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE == "schedule"', more: artifacts({}) },
};

/** Masked, but still what a cluster holds: not for guests, and not for ever. */
function artifacts(reports: Readonly<Record<string, keyof typeof reportFiles>>): readonly string[] {
  const files = { junit: 'junit.xml', dotenv: 'pushgate.env', ...reports };
  return [
    '  artifacts:',
    '    when: always',
    '    access: developer',
    '    expire_in: 30 days',
    `    paths: [${reportFolder}/]`,
    '    reports:',
    ...Object.entries(files).map(([report, file]) => `      ${report}: ${reportFolder}/${file}`),
  ];
}

function job(verb: (typeof gitlabVerbs)[number]): readonly string[] {
  const { rule, more } = jobs[verb];
  return [
    `$[[ inputs.prefix ]]-${verb}:`,
    '  extends: .$[[ inputs.prefix ]]',
    '  rules:',
    `    - if: ${rule}`,
    '  script:',
    `    - ${runLine(verb)}`,
    ...more,
  ];
}

function flagList(flags: Readonly<Record<string, HelmFlag>>): string {
  return Object.entries(flags)
    .map(([name, { short }]) => `\`--${name}\`${short === undefined ? '' : ` \`-${short}\``}`)
    .join(', ');
}

function optionsPage(): string {
  const mark = (yes: boolean): string => (yes ? 'yes' : '');
  return [
    '# Options',
    '',
    'Every option is a flag of the command line (`--name`), a variable (`PUSHGATE_NAME`) and, where the table says so,',
    'an input of the Action and of the GitLab template. `pushgate help COMMAND` prints the same. A value that an option does',
    'not take is refused before anything is done; a variable that only looks like one of these is told of.',
    '',
    '| option | commands | Action | GitLab | what it does |',
    '|---|---|---|---|---|',
    ...rows.map(([name, row]) => {
      const choices = row.choices === undefined ? '' : ` (${row.choices.join(', ')})`;
      return `| \`${name}\`${choices} | ${row.verbs.join(', ')} | ${mark(row.fronts.includes('action'))} | ${mark(row.fronts.includes('gitlab'))} | ${helpOf(name)} |`;
    }),
    '',
    '## Commands',
    '',
    '| command | what it does |',
    '|---|---|',
    ...Object.entries(verbs).map(([verb, help]) => `| \`${verb}\` | ${help} |`),
    '',
    '## Flags of template and verify',
    '',
    'Both pass Helm’s own flags on, so the options above are not theirs.',
    '',
    '| command | flag | what it does |',
    '|---|---|---|',
    `| \`template\` | ${flagList(renderFlags)} | as \`helm template\` has them |`,
    `| | ${flagList(ownFlags)} | which release of Helm to be |`,
    `| | \`--batch\` | a file with one rendering a line as JSON: id, release, chart, args, values, out |`,
    `| | ${flagList(idleFlags)} | taken, and without effect here as there |`,
    `| \`verify\` | \`--helm\` | the program to compare with; helm when left out |`,
    `| | \`--with\` | flags for one more rendering of each chart; may be given several times |`,
    `| | \`--output\`, \`-o\` | text or json |`,
    '',
    '## Outputs',
    '',
    'Of the Action, whatever the command; in `pushgate.env` as variables, `PUSHGATE_HAS_CHANGES`.',
    '',
    '| output | what it holds |',
    '|---|---|',
    ...Object.entries(outputs).map(([name, help]) => `| \`${name}\` | ${help} |`),
    '',
    '## Reports',
    '',
    'What `--reports FOLDER` holds. The jobs of the GitLab template keep it for 30 days. Neither these nor the file of',
    '`--out` are written through a link that leaves the checkout: whoever made the commit chose where it leads.',
    '',
    '| file | what it holds |',
    '|---|---|',
    ...Object.entries(reportFiles).map(([name, help]) => `| \`${name}\` | ${help} |`),
    '',
  ].join('\n');
}

function reasonsPage(): string {
  return [
    '# Reason codes and exit codes',
    '',
    'Every run ends with one reason code. Scripts may rely on the codes; the sentences around them may change.',
    '',
    '| code | exit | when |',
    '|---|---|---|',
    ...Object.entries(reasons).map(([code, { exit, means }]) => `| \`${code}\` | ${exitCodes[exit]} | ${means} |`),
    '',
    '| exit | meaning |',
    '|---|---|',
    '| 0 | done |',
    '| 1 | error: nothing was applied, or what was applied is said |',
    '| 2 | changes or drift found, only with `--detailed-exitcode` |',
    '| 3 | refused by the gate: nothing was written |',
    '| 4 | partly applied: each release that was not is named |',
    '| 130, 143 | cancelled |',
    '',
  ].join('\n');
}

function statesPage(): string {
  return [
    '# The states of a change',
    '',
    'A change of one object of one release in one environment. Unknown never moves an arrow.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...arrows.map(({ from, to, by }) => `  ${from} --> ${to}: ${by}`),
    '```',
    '',
    '| state | what it means |',
    '|---|---|',
    ...Object.entries(states).map(([state, means]) => `| **${state}** | ${means} |`),
    '',
    '| from | to | who | when |',
    '|---|---|---|---|',
    ...arrows.map(({ from, to, by, when }) => `| ${from} | ${to} | ${by} | ${when} |`),
    '',
    '## From approval to content',
    '',
    '| it comes by | what counts |',
    '|---|---|',
    ...ways.map(({ by, counts }) => `| ${by} | ${counts} |`),
    '',
    '## A merged change was refused: how it is approved after all',
    '',
    '1. The log names the change and the reason ([reason codes](reasons.md)).',
    '2. `approval-missing`: have the merged merge request approved at the head that was planned, and run the apply job again.',
    '3. `not-shown`, `head-moved`, `no-merge-request`: open a merge request, be it an empty one. Its plan shows what waits',
    '   on the branch as it is now; approve and merge it.',
    '4. `superseded`: nothing is to be done; something newer is applied. To go back on purpose, use `pushgate rollback`.',
    '',
  ].join('\n');
}

function gradesPage(): string {
  const modes = ['merge', 'environment', 'comment'] as const;
  const plans = Object.values(forgePlans);
  return [
    '<!-- Written by `npm run generate` from src/gate/grades.ts. -->',
    '# What each plan of a forge enforces',
    '',
    'Pushgate asks its own questions in every plan: an apply that nobody approved is refused everywhere. The grade says',
    'whether **one writer alone** could get around the question, by changing the job that asks it. The comment and',
    '`pushgate doctor` say the grade here and now; what cannot be read counts as not enforced.',
    '',
    '- **enforced**: one writer alone cannot get around it, once the condition below is set up.',
    '- **advisory**: it holds against error and movement, not against a hostile writer.',
    '- **unavailable**: the forge has nothing that would do it.',
    '',
    '| plan | `merge` | `environment` | `comment` |',
    '|---|---|---|---|',
    ...plans.map(({ name, modes: by }) => `| ${[name, ...modes.map((mode) => by[mode].grade)].join(' | ')} |`),
    '',
    'Mode `none` asks nobody, in any plan.',
    '',
    '## Why',
    '',
    '| plan | mode | | why, or on which condition |',
    '|---|---|---|---|',
    ...plans.flatMap(({ name, modes: by }) =>
      modes.map((mode) => `| ${name} | \`${mode}\` | ${by[mode].grade} | ${by[mode].why} |`),
    ),
    '',
    '## The token that each mode needs',
    '',
    '| mode | GitHub | GitLab |',
    '|---|---|---|',
    ...modes.map((mode) => `| \`${mode}\` | ${gradeTokens.github[mode]} | ${gradeTokens.gitlab[mode]} |`),
    '',
  ].join('\n');
}

function main(): void {
  const files = Object.entries(generatedFiles());
  const stale = files.filter(([path, content]) => !existsSync(path) || readFileSync(path, 'utf8') !== content);
  if (process.argv.includes('--check')) {
    if (stale.length > 0) {
      console.error(`not what the tables give: ${stale.map(([path]) => path).join(', ')}. Run \`npm run generate\`.`);
      process.exitCode = 1;
    }
    return;
  }
  for (const [path, content] of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    console.log(`wrote ${path}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
