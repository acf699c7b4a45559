/** docs/threats.md: the threat model in plain words, and every threat of test/threats.ts with its answer. */
import type { Threat } from '../test/threats.ts';
import { threats } from '../test/threats.ts';

const people: readonly (readonly [who: string, can: string, mustNot: string])[] = [
  [
    'author of a fork',
    'open merge requests and comments; choose names of branches, titles, all files',
    'meet any credential; see anything of a cluster; have anything applied',
  ],
  [
    'writer of the repository',
    'push branches, change the CI file on them, name variables of the plan job',
    'have something applied that no approved merge request showed; loosen the rules that their merge request must pass',
  ],
  ['approver', 'approve one head of a merge request', 'be made to approve something else than what was shown'],
  [
    'supplier of a chart',
    'write whatever templates can say',
    'reach files, network or variables of the job; hide in a plan what an apply then does',
  ],
  [
    'writer of live objects',
    'change what is there, at any moment',
    'have it overwritten or adopted unseen; put markup or commands into comments and logs',
  ],
];

export function threatsPage(): string {
  return [
    '<!-- Written by `npm run generate` from test/threats.ts. -->',
    '# Threats',
    '',
    '| who | what they can do | what they must not gain |',
    '|---|---|---|',
    ...people.map((row) => `| ${row.join(' | ')} |`),
    '',
    '## What the gate protects against, and what not',
    '',
    'Mode `merge` protects against **error and movement**: a change nobody looked at, a push after the approval, a branch',
    'or cluster that moved, an old job that is run again, rules that were changed on the way. Everything that is applied',
    'was in the plan of an approved merge request: bound to its project, number and head, to the place, and to the content.',
    '',
    'Against a **hostile writer** it protects as far as the jobs are out of their reach, because that is where the truth',
    'is made:',
    '',
    '- Whoever can change the CI file of the *apply* job, or push to the branch it runs for, owns its credentials. Protect',
    '  the branch, and give the credentials to the protected branch or environment only.',
    '- Whoever can change the CI file of the *plan* job can write any comment in its name. Give `key` to the plan and apply',
    '  jobs only where writers cannot read it: from a required workflow or a pipeline execution policy, or behind an',
    '  environment. Without `key`, a plan comment is as trustworthy as everything that comments by the same account: on',
    '  GitHub every workflow of the repository. What somebody else edited in it does not count there; GitLab does not tell',
    '  who edited a note, and its maintainers may.',
    '- Without `key`, masked values are told apart by the files they come from. Two merge requests that touch one chart are',
    '  then shown again when one was merged before the other.',
    '- A plan job, and a job that obeys `/pushgate plan`, shows what its variables hold to whoever may write a chart for it:',
    '  masking finds values in every common encoding, not a value that a template takes apart. Secrets of production belong',
    '  to the apply job.',
    '- Somebody who pushes to a colleague’s branch and approves it counts, unless `committerApproval: false` says otherwise,',
    '  and that goes by what commits say of themselves. The forge goes by who pushed: “require approval of the most recent',
    '  push” on GitHub, “prevent approvals by users who add commits” on GitLab.',
    '- An objection counts while its author may write. Whoever lost that right objects no longer; dismiss or repeat it.',
    '- Who breaks the glass is whom the pipeline names: on GitLab see the next point.',
    '- On GitLab, whoever may start a pipeline of a protected branch by hand can set any of its variables, `NODE_OPTIONS`',
    '  and `PUSHGATE_PACKAGE` among them. Restrict who may use pipeline variables (Settings > CI/CD).',
    '- On GitLab the head that somebody approved is found by time: an approval in the moment of a push is taken not to',
    '  have seen it.',
    '',
    'Mode `environment` leaves the decision to the forge’s protected environment or protected manual job, and binds it to the',
    'digest of the plan; a writer who cannot approve there gains nothing by a forged comment. Mode `none` asks nobody.',
    '',
    '## Rules come into force by approval',
    '',
    'Who may do what (place, refs, gate, prune, ignore rules, namespaces) is read from before a merge request. A change of',
    'rules that was pushed or merged without the approval that the rules before it ask for is not in force: the log says',
    'so, and the next merge request shows it as a consequence of the highest rank. Its approval brings it in.',
    '',
    '## Every threat and its answer',
    '',
    '`npm run threats` runs the tests and prints their results. *Simulated*: a part stands in for what a forge or registry',
    'does. *Documented*: nothing of ours can stop it.',
    '',
    '| | attack | answer | |',
    '|---|---|---|---|',
    ...threats.map(rowOf),
    '',
  ].join('\n');
}

function rowOf({ id, attack, answer, standing, tests }: Threat): string {
  const files = [...new Set(tests.map(({ file }) => file))];
  const by = files.length === 0 ? '' : ` by ${files.map((file) => `\`${file}\``).join(', ')}`;
  return `| ${id} | ${attack} | ${answer} | ${standing}${by} |`;
}
