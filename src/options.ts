/**
 * Every option of every front, once: command line flags, inputs of the Action, inputs of the GitLab template and the
 * reference in docs/options.md all come from this table, and a contract test holds them together.
 */

export const verbs = {
  render: 'Print the objects of the releases, secrets masked.',
  plan: 'Show what would change; on a merge request, comment it.',
  matrix: 'List what a merge request touches, for the jobs of a large fleet.',
  report: 'Write the one comment from the plan files of many jobs.',
  apply: 'Apply what approved merge requests showed.',
  comment: 'Do what a comment on a pull request asks: /pushgate plan, apply, unlock, hold.',
  drift: 'Compare what is there with what was applied; in a pipeline, keep an issue about it.',
  heal: 'Put back what was applied, wherever it drifted.',
  status: 'Show what is applied, what drifted and what is on hold.',
  history: 'List the revisions of a release.',
  rollback: 'Bring back a former revision of a release, and hold it there.',
  hold: 'Keep releases from being applied.',
  unhold: 'Let held releases be applied again.',
  unlock: 'Take away the lock of a run that is gone for good.',
  delete: 'Take away everything that was applied of a release.',
  explain: 'Say where a field of a rendered object comes from.',
  rbac: 'Print the least rights that planner and applier need, for kubectl apply.',
  init: 'Write a pipeline and a first configuration for this repository.',
  doctor: 'Say what keeps Pushgate from working here, and how to mend it.',
  template: 'Render a Helm chart as helm template does, without Helm.',
  verify: 'Render every chart below a folder with your own helm and without, and compare.',
} as const;

export type Verb = keyof typeof verbs;

/** Verbs that the Action offers. */
export const actionVerbs = [
  'plan',
  'matrix',
  'report',
  'apply',
  'comment',
  'drift',
  'doctor',
] as const satisfies readonly Verb[];

/** Verbs that are jobs of the GitLab template; those of a fleet are in the pipeline that matrix prints. */
export const gitlabVerbs = ['plan', 'apply', 'drift'] as const satisfies readonly Verb[];

/** Verbs whose arguments are Helm's, or lead to it, and are passed on untouched. */
export const passThrough = ['template', 'verify'] as const satisfies readonly Verb[];

export type PassThrough = (typeof passThrough)[number];

/** Verbs that read the options below. */
export type OwnVerb = Exclude<Verb, PassThrough>;

/** The words that a verb takes after its name; one that is not listed takes none. */
export const wordsOf: Partial<
  Record<OwnVerb, { readonly what: 'CHART' | 'FILE' | 'RELEASE' | 'KIND/NAME PATH'; readonly most: number }>
> = {
  render: { what: 'CHART', most: 1 },
  plan: { what: 'CHART', most: 1 },
  report: { what: 'FILE', most: Number.POSITIVE_INFINITY },
  explain: { what: 'KIND/NAME PATH', most: 2 },
  heal: { what: 'RELEASE', most: Number.POSITIVE_INFINITY },
  status: { what: 'RELEASE', most: Number.POSITIVE_INFINITY },
  history: { what: 'RELEASE', most: 1 },
  rollback: { what: 'RELEASE', most: 1 },
  hold: { what: 'RELEASE', most: Number.POSITIVE_INFINITY },
  unhold: { what: 'RELEASE', most: Number.POSITIVE_INFINITY },
  unlock: { what: 'RELEASE', most: Number.POSITIVE_INFINITY },
  delete: { what: 'RELEASE', most: 1 },
};

interface OptionRow {
  readonly type: 'text' | 'list' | 'switch' | 'choice';
  readonly verbs: readonly Verb[];
  readonly help: string;
  readonly short?: string;
  readonly choices?: readonly string[];
  /** What a text must be; said and refused before anything is done. */
  readonly form?: 'duration';
  /** The choices of verbs that do not have all of them. */
  readonly fewer?: Partial<Record<Verb, readonly string[]>>;
  /** Said in help and docs; applied by whoever reads the option. */
  readonly fallback?: string;
  /** Variables that are read, in order, when neither the option nor its own `PUSHGATE_…` variable is given. */
  readonly env?: readonly string[];
  /** Fronts besides the command line that offer the option. */
  readonly fronts: readonly ('action' | 'gitlab')[];
  /** Registered with the runner as a value to mask, and never printed. */
  readonly secret?: boolean;
}

const walk: readonly Verb[] = ['render', 'explain', 'plan', 'matrix', 'report', 'apply', 'comment'];
/** Verbs that bring back or take away what was applied; they show a plan first. */
const putBack: readonly Verb[] = ['heal', 'rollback', 'delete'];
const applied: readonly Verb[] = ['drift', 'status', 'history', 'hold', 'unhold', 'unlock', ...putBack];

/** Verbs that talk to the forge where there is one. */
const ofForge: readonly Verb[] = ['plan', 'matrix', 'report', 'apply', 'doctor', ...applied];

const options = {
  config: {
    type: 'text',
    verbs: [...walk, 'rbac', 'init', 'doctor', ...applied],
    help: 'Configuration file, relative to the repository.',
    fallback: 'pushgate.yaml',
    fronts: ['action', 'gitlab'],
  },
  environment: {
    type: 'list',
    verbs: [...walk, 'rbac', 'doctor', ...applied],
    short: 'e',
    help: 'Only these environments.',
    fallback: 'all that the branch may be applied to',
    fronts: ['action', 'gitlab'],
  },
  release: {
    type: 'list',
    verbs: ['render', 'explain', 'plan', 'apply', 'drift'],
    short: 'r',
    help: 'Only these releases.',
    fallback: 'all of the environment',
    fronts: ['action', 'gitlab'],
  },
  namespace: {
    type: 'text',
    verbs: ['render', 'plan'],
    short: 'n',
    help: 'Namespace of a chart that is given as an argument.',
    fallback: 'default',
    fronts: [],
  },
  values: {
    type: 'list',
    verbs: ['render', 'plan'],
    short: 'f',
    help: 'Values files of a chart that is given as an argument.',
    fronts: [],
  },
  planner: {
    type: 'text',
    verbs: ['rbac'],
    help: 'Login that plans, as the API server knows it: group:NAME, user:NAME or serviceaccount:NAMESPACE/NAME.',
    fallback: 'group:pushgate:planners',
    fronts: [],
  },
  applier: {
    type: 'text',
    verbs: ['rbac'],
    help: 'Login that applies, written in the same way.',
    fallback: 'group:pushgate:appliers',
    fronts: [],
  },
  scope: {
    type: 'choice',
    verbs: ['rbac'],
    choices: ['namespaces', 'cluster'],
    help: 'Where the rights hold: in the namespaces of the releases, or in all, for releases that come and go with theirs.',
    fallback: 'namespaces',
    fronts: [],
  },
  normaliser: {
    type: 'switch',
    verbs: ['explain'],
    help: 'Print the table of what counts as no difference, instead of where a field comes from.',
    fronts: [],
  },
  'planner-secrets': {
    type: 'switch',
    verbs: ['rbac'],
    help: 'Let the planner try Secrets too. Its answers never hold their values, but its rights could read them.',
    fronts: [],
  },
  output: {
    type: 'choice',
    verbs: ['plan', 'report', 'apply', 'drift', 'status', 'history', 'doctor'],
    short: 'o',
    choices: ['text', 'json', 'markdown'],
    fewer: { status: ['text', 'json'], history: ['text', 'json'], doctor: ['text', 'json'] },
    help: 'Form of the output; markdown, which plan, report, apply and drift have, is what the comment or the job summary shows.',
    fallback: 'text',
    fronts: [],
  },
  kind: {
    type: 'list',
    verbs: ['status'],
    help: 'Show only objects of this kind, and releases that have some; may be given several times.',
    fronts: [],
  },
  health: {
    type: 'choice',
    verbs: ['status'],
    choices: ['ready', 'progressing', 'failed', 'suspended'],
    help: 'Show only objects in this state, and releases that have some.',
    fronts: [],
  },
  watch: {
    type: 'switch',
    verbs: ['status'],
    short: 'w',
    help: 'Look again every few seconds, and print what changed, until interrupted.',
    fronts: [],
  },
  lines: {
    type: 'switch',
    verbs: ['plan', 'report'],
    help: 'Print every differing line below its object.',
    fronts: [],
  },
  'detailed-exitcode': {
    type: 'switch',
    verbs: ['plan', 'report', 'drift', ...putBack],
    help: 'Exit 2 when there are changes or drift.',
    fronts: ['action', 'gitlab'],
  },
  out: {
    type: 'text',
    verbs: ['plan'],
    help: 'Write the plan to this file, and no comment: report writes it from the files of all jobs.',
    fronts: ['action'],
  },
  plans: {
    type: 'list',
    verbs: ['report'],
    help: 'Plan files, or folders with them, as the arguments of the command.',
    fronts: ['action'],
  },
  form: {
    type: 'choice',
    verbs: ['matrix'],
    choices: ['text', 'github', 'gitlab'],
    help: 'What to print: a list, the JSON of a GitHub matrix, or the YAML of a GitLab child pipeline.',
    fallback: 'text',
    fronts: [],
  },
  'shard-size': {
    type: 'text',
    verbs: ['matrix'],
    help: 'So many releases at most in one job; an environment with more gets several.',
    fallback: 'one job for each environment',
    fronts: ['action'],
  },
  comment: {
    type: 'choice',
    verbs: ['plan', 'report', 'apply', 'comment'],
    choices: ['auto', 'always', 'never'],
    help: 'Whether to write the comment on the merge request; auto writes it in CI when there is a token.',
    fallback: 'auto',
    fronts: ['action', 'gitlab'],
  },
  announce: {
    type: 'choice',
    verbs: ['plan', 'report', 'apply'],
    choices: ['auto', 'never'],
    help: 'Whether a plan sets a commit status and an apply makes a deployment; auto does where the token may.',
    fallback: 'auto',
    fronts: ['action', 'gitlab'],
  },
  issue: {
    type: 'choice',
    verbs: ['drift'],
    choices: ['auto', 'always', 'never'],
    help: 'Whether to keep an issue about drift; auto does in pipelines of a branch when there is a token.',
    fallback: 'auto',
    fronts: ['action', 'gitlab'],
  },
  reports: {
    type: 'text',
    verbs: ['plan', 'report', 'apply', 'drift'],
    help: 'Folder for the reports: a page to read, JSON, JUnit, the widgets of GitLab, and the outputs as variables.',
    fronts: ['action'],
  },
  reason: {
    type: 'text',
    verbs: ['hold', 'rollback', 'unlock'],
    help: 'Why the release is held, or its lock taken away; whoever finds it so reads this.',
    fronts: [],
  },
  to: {
    type: 'text',
    verbs: ['rollback'],
    help: 'Number of the revision to bring back.',
    fallback: 'the one before the current',
    fronts: [],
  },
  yes: {
    type: 'switch',
    verbs: putBack,
    help: 'Do it; without this, only what would be done is shown.',
    fronts: [],
  },
  'expect-digest': {
    type: 'text',
    verbs: ['apply'],
    help: 'Apply only if the plan has this digest.',
    fronts: ['action', 'gitlab'],
  },
  'break-glass': {
    type: 'text',
    verbs: ['apply'],
    help: 'In an emergency: the reason for passing approvals and times. Only for those whom gate.breakGlass names.',
    fronts: ['action', 'gitlab'],
  },
  timeout: {
    type: 'text',
    form: 'duration',
    verbs: ['apply', 'comment', ...putBack],
    help: 'How long to wait until what was applied to a cluster is ready. Left out: wait.timeout of the environment, else 5m.',
    fronts: ['action', 'gitlab'],
  },
  'lock-timeout': {
    type: 'text',
    form: 'duration',
    verbs: ['apply', 'comment', ...putBack],
    help: 'How long to wait for another run that applies the same release to a cluster.',
    fallback: '2m',
    fronts: ['action', 'gitlab'],
  },
  forge: {
    type: 'choice',
    verbs: [...ofForge, 'init'],
    choices: ['github', 'gitlab'],
    help: 'The forge, in a pipeline that is neither GitHub Actions nor GitLab CI; for init, whose pipeline it writes.',
    fronts: [],
  },
  'forge-url': {
    type: 'text',
    verbs: ofForge,
    help: 'Address of its API, with --forge: https://HOST/api/v3 of GitHub Enterprise Server, https://HOST/api/v4 of GitLab.',
    fallback: 'github.com or gitlab.com',
    fronts: [],
  },
  project: {
    type: 'text',
    verbs: ofForge,
    help: 'The project there, with --forge: owner/name, or the path of a GitLab project.',
    fronts: [],
  },
  'merge-request': {
    type: 'text',
    verbs: ['plan', 'matrix', 'report'],
    help: 'Number of the merge request that the run is for, with --forge. Its head and its branches are asked of the forge.',
    fronts: [],
  },
  branch: {
    type: 'text',
    verbs: ofForge,
    help: 'Branch that the run is for, with --forge; an apply asks origin whether its commit is on it.',
    fronts: [],
  },
  'run-url': {
    type: 'text',
    verbs: ofForge,
    help: 'Address of this run, for links to it, with --forge.',
    env: ['BUILD_URL'],
    fronts: [],
  },
  token: {
    type: 'text',
    verbs: [...ofForge, 'comment'],
    help: 'Token for the forge. GitHub: the job token with pull-requests: write. GitLab: a project access token with scope api.',
    env: ['GITHUB_TOKEN', 'GITLAB_TOKEN'],
    fronts: ['action'],
    secret: true,
  },
  key: {
    type: 'text',
    verbs: ['plan', 'report', 'apply', 'comment', 'drift', 'status', 'doctor', ...putBack],
    help: 'Key for the digests of secret values and the signature of plan files and of what a comment showed.',
    fronts: ['action'],
    secret: true,
  },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof options;

export const optionRows: Readonly<Record<OptionName, OptionRow>> = options;

/** What a verb takes for an option; undefined for options that take anything. */
export function choicesOf(name: OptionName, verb: Verb): readonly string[] | undefined {
  const row = optionRows[name];
  return row.fewer?.[verb] ?? row.choices;
}

/** The variable that stands for an option wherever it is not given: `--expect-digest` is PUSHGATE_EXPECT_DIGEST. */
export function variableOf(name: OptionName): string {
  return `PUSHGATE_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** The value of an option from the variables of the run; an empty one counts as none. */
export function fromVariables(name: OptionName, env: Readonly<Record<string, string | undefined>>): string | undefined {
  for (const variable of [variableOf(name), ...(optionRows[name].env ?? [])]) {
    const value = env[variable];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** A list as people type it in one text: commas, blanks or lines between the items. */
export function splitList(value: string): readonly string[] {
  return value.split(/[\s,]+/).filter((item) => item !== '');
}

/** What a front hands to a command: given options, defaults not yet applied. */
export interface Given {
  readonly text: (name: OptionName) => string | undefined;
  readonly list: (name: OptionName) => readonly string[];
  readonly on: (name: OptionName) => boolean;
  /** Words after the verb that are no options. */
  readonly words: readonly string[];
}
