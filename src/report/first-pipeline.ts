/** The pipeline that `pushgate init` writes: least permissions, every action by its commit. */

/** Actions of others, by the commit of a version that was looked at. */
const checkout = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1';

export interface PipelineInput {
  readonly branch: string;
  /** A commit of Pushgate, or where it could not be asked for its tag. */
  readonly ref: string;
  readonly version: string;
  /** Whether jobs need a login to a cluster; how they get one only the repository's people know. */
  readonly target: 'cluster' | 'manifests';
}

export function githubWorkflow(input: PipelineInput): string {
  const { branch } = input;
  const contents = input.target === 'manifests' ? 'write' : 'read';
  const oneAtATime = 'concurrency: { group: pushgate-apply, cancel-in-progress: false }';
  const name = /^[A-Za-z0-9._/-]+$/.test(branch) ? branch : JSON.stringify(branch);
  const job = (
    verb: string,
    options: { readonly when: string; readonly permissions: string; readonly more?: string; readonly with?: string },
  ): readonly string[] => [
    `  ${verb}:`,
    `    if: ${options.when}`,
    '    runs-on: ubuntu-latest',
    `    permissions: { ${options.permissions} }`,
    ...(options.more === undefined ? [] : [`    ${options.more}`]),
    '    steps:',
    `      - uses: ${checkout}`,
    '        with: { fetch-depth: 0, persist-credentials: false }',
    ...(input.target === 'cluster'
      ? [
          `      # Log in to the cluster here, as the ${verb === 'apply' || verb === 'comment' ? 'applier' : 'planner'} of pushgate rbac.`,
        ]
      : []),
    `      - uses: ${actionOf(input)}`,
    `        with: { command: ${verb}${options.with ?? ''} }`,
    '',
  ];
  return [
    '# Shows on every pull request what it would change, applies what was approved, and looks for drift every hour.',
    'name: pushgate',
    'on:',
    `  pull_request: { branches: [${name}] }`,
    '  pull_request_review: { types: [submitted, dismissed] } # the comment then says who was counted',
    `  push: { branches: [${name}] }`,
    '  issue_comment: { types: [created] } # /pushgate plan, apply, unlock, hold',
    "  schedule: [{ cron: '17 * * * *' }]",
    '  workflow_dispatch:',
    '',
    'permissions: {}',
    '',
    'jobs:',
    ...job('plan', {
      when: "github.event_name == 'pull_request' || github.event_name == 'pull_request_review'",
      permissions: 'contents: read, pull-requests: write, statuses: write',
    }),
    ...job('apply', {
      when: "github.event_name == 'push' || github.event_name == 'workflow_dispatch'",
      permissions: `contents: ${contents}, pull-requests: write, deployments: write`,
      more: oneAtATime,
    }),
    ...job('comment', {
      when: "github.event_name == 'issue_comment' && github.event.issue.pull_request && startsWith(github.event.comment.body, '/pushgate')",
      permissions: `contents: ${contents}, pull-requests: write`,
      more: '# In no concurrency group: GitHub drops a run that waits there for a newer one, and anybody may comment.',
    }),
    ...job('drift', {
      when: "github.event_name == 'schedule'",
      permissions: 'contents: read, issues: write',
      with: ', detailed-exitcode: true',
    }),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

function actionOf({ ref, version }: PipelineInput): string {
  return ref === `v${version}`
    ? `pushgate/pushgate@${ref} # better: the full commit id of that version`
    : `pushgate/pushgate@${ref} # v${version}`;
}

/** `whole`: a file of its own; `part`: to be included by the file that is there. */
export function gitlabInclude({ ref, version }: PipelineInput, extent: 'whole' | 'part'): string {
  return [
    '# Shows on every merge request what it would change, applies on the default branch, looks for drift on schedules.',
    '# Variable to set: PUSHGATE_TOKEN, a project access token (role Developer, scopes api and write_repository).',
    ...(extent === 'whole' ? ['stages: [deploy]', ''] : []),
    'include:',
    '  - project: pushgate/pushgate',
    ref === `v${version}`
      ? `    ref: ${ref} # better: the full commit id of that version`
      : `    ref: ${ref} # v${version}`,
    '    file: .gitlab-ci-template.yml',
    '',
  ].join('\n');
}
