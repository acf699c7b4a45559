/** The threats that Pushgate answers, and by which tests; `npm run threats` runs them, docs/threats.md is made of this. */

/**
 * `tested`: the attack is run against the real thing. `simulated`: a part of it stands in for what a forge, a cloud or
 * a registry does. `documented`: nothing of ours can stop it; docs/threats.md says what does.
 */
export type Standing = 'tested' | 'simulated' | 'documented';

export interface TestName {
  readonly file: string;
  /** As it stands in the file; of a table of cases its title. */
  readonly name: string;
}

export interface Threat {
  readonly id: `A${number}`;
  readonly attack: string;
  readonly answer: string;
  readonly standing: Standing;
  readonly tests: readonly TestName[];
}

function of(file: string, ...names: readonly string[]): readonly TestName[] {
  return names.map((name) => ({ file, name }));
}

const gate = 'src/gate/gate.test.ts';
const story = 'test/acceptance/merge-gate.test.ts';
const who = 'test/acceptance/who-counts.test.ts';
const commands = 'test/acceptance/comment-commands.test.ts';
const attacks = 'test/acceptance/threats.test.ts';
const fleet = 'test/acceptance/fleet.test.ts';

export const threats: readonly Threat[] = [
  {
    id: 'A1',
    attack:
      'A fork gets its code run on a trigger with full rights (pull_request_target, workflow_run, issue_comment).',
    answer:
      'Refused by name; an event that cannot be read is taken for a fork’s. On pull_request a fork is rendered only.',
    standing: 'tested',
    tests: [
      ...of('src/forge/standing.test.ts', '%s may plan: %s', 'from a fork nothing is applied, however it came'),
      ...of('src/forge/ci.test.ts', 'a run on %s whose event cannot be read is taken for a fork’s'),
    ],
  },
  {
    id: 'A2',
    attack: 'A GitLab merge request changes the CI file, or a fork’s pipeline runs in our project.',
    answer:
      'Nothing is applied from a ref that is not protected; a fork’s pipeline in our project is refused. The credentials of the apply belong into protected variables.',
    standing: 'tested',
    tests: [
      ...of('src/forge/standing.test.ts', 'on GitLab nothing is applied from a ref that is not known to be protected'),
      ...of('src/forge/ci.test.ts', 'a fork’s pipeline in our project has our rights'),
    ],
  },
  {
    id: 'A3',
    attack: 'A stranger’s comment, or an edited old one, starts an apply, or many of them keep others from theirs.',
    answer:
      'Only new comments of people who may write now are obeyed, in one line of exact words; whether the merge request is a fork’s is asked of the forge. Holds and unlocks go by the configuration on the default branch. A stranger’s comment costs one request and waits in no group with an apply. Who only plans on comments is trusted only where the merge request is known to be ours.',
    standing: 'tested',
    tests: [
      ...of(
        'src/gate/command.test.ts',
        'with %s is none',
        '%j is mistyped, and nothing is done',
        'no text at all is a command but the very words',
        'not when it %s',
      ),
      ...of(
        commands,
        'are edits, bots, readers, look-alikes, forks, and what comes after the merge',
        'are strangers, who cost one request each',
        'and not by a branch that its writer made, which names the same place',
        'is a fork’s pull request, whoever comments',
        'a push between approval and comment is not applied, nor one that the comment did not see',
      ),
      ...of('src/forge/standing.test.ts', '%s may plan: %s'),
      ...of(
        'test/contract/fronts.test.ts',
        '%s lets no comment wait where an apply waits: a stranger’s would take its place',
      ),
    ],
  },
  {
    id: 'A4',
    attack: 'Commits are pushed between approval and apply.',
    answer: 'Approvals and the shown plan count for one head, and it must be the one that was merged.',
    standing: 'tested',
    tests: of(story, 'a push after the approval: what was merged is not what was approved'),
  },
  {
    id: 'A5',
    attack: 'An approval is stale, dismissed, or by somebody who lost the right to write.',
    answer: 'The latest opinion of each reviewer, on the planned head, by people who may write now.',
    standing: 'tested',
    tests: [
      ...of(
        'test/property/gate-walk.test.ts',
        'is applied exactly what an approved merge request showed at the head that was merged',
        'a rejection or a lost right never turns a refusal into an allowance',
      ),
      ...of(gate, 'a rejection, a dismissal, a lost right or another commit never turns refuse into allow'),
      ...of('src/forge/github.test.ts', 'the latest opinion of each reviewer wins, and a comment is no opinion'),
      ...of('src/forge/gitlab.test.ts', 'by a reporter, a blocked and a former member none is a writer’s'),
    ],
  },
  {
    id: 'A6',
    attack: 'Somebody approves their own work.',
    answer:
      'The author never counts, unless the policy says so; with committerApproval: false nobody counts whose commits, or whose name as co-author, are in it. Whose commit it is is what the commit says: the forge’s rule on the last push goes by who pushed. The comment says who was not counted.',
    standing: 'tested',
    tests: [
      ...of(gate, 'an approval of its author'),
      ...of(
        who,
        'does not count where the gate says so',
        'cannot be told where a commit is nobody’s account, so then nobody counts',
      ),
      ...of(
        'test/contract/forge.test.ts',
        'whose commits they are is known by the account, not by the name on the commit',
      ),
    ],
  },
  {
    id: 'A7',
    attack: 'A branch name, title or input is run by a shell.',
    answer: 'No shell: arguments are lists, inputs of the GitLab template only ever stand in variables.',
    standing: 'tested',
    tests: [
      ...of('src/source/checkout.test.ts', 'branch names are only ever names, whatever they look like'),
      ...of('test/contract/fronts.test.ts', 'the GitLab template passes inputs only as variables, never into a script'),
    ],
  },
  {
    id: 'A8',
    attack: 'Text of a chart gives the runner or the terminal commands through the log.',
    answer:
      'The Action closes the runner’s ears while it prints; the command line breaks what would be a command of GitHub, Azure Pipelines or TeamCity. Escapes, and with them GitLab’s sections, reach no log and no terminal.',
    standing: 'tested',
    tests: [
      ...of(
        attacks,
        'text of a chart gives the runner no command',
        'text of a chart gives a log no escape and no section',
      ),
      ...of('src/log-text.test.ts', 'in a job with %s: %s'),
    ],
  },
  {
    id: 'A9',
    attack: 'A secret leaves in a diff, an error, a comment, an output.',
    answer:
      'Masked once, while the plan is built, in every common encoding and inside the base64 of longer texts. A chart that takes a value apart sign by sign can still show it: give plan jobs no secrets that their authors may not see.',
    standing: 'tested',
    tests: [
      ...of(
        'src/plan/mask.test.ts',
        'shows its name and type and not one value, wherever the value stands',
        'hides the values that the run knows to be secret, in every encoding',
        'a secret behind %s other signs is found in the base64 of the whole text',
        'a secret is found as %s',
      ),
      ...of('src/render/helm.test.ts', 'never shows a secret, neither as it is nor encoded'),
      ...of(attacks, 'an error that quotes a secret, also inside the base64 of more, shows it nowhere'),
      ...of('src/config/parse.test.ts', 'the run’s own credentials as a value of a chart'),
    ],
  },
  {
    id: 'A10',
    attack: 'A merge request names somebody else’s object to have it shown.',
    answer:
      'The environment says which namespaces may be written; of what is there only fields that would change are shown.',
    standing: 'tested',
    tests: [
      ...of(attacks, 'namespaces that the environment may not write are refused'),
      ...of(
        'src/plan/build.test.ts',
        'somebody else’s object that is named to have it shown: only what would change in it is',
      ),
    ],
  },
  {
    id: 'A11',
    attack: 'A merge request loosens the rules that it must pass, at once or in steps.',
    answer:
      'Rules are read from before it, and come into force only by an approved merge request whose plan showed them.',
    standing: 'tested',
    tests: [
      ...of(story, 'a merge request cannot loosen its own gate, and says that it tries'),
      ...of(attacks, 'a gate that was loosened without approval does not hold for the next push'),
    ],
  },
  {
    id: 'A12',
    attack: 'A kubeconfig of the checkout starts a program or reads files.',
    answer: 'Nothing of the checkout is taken; only known login programs are started.',
    standing: 'tested',
    tests: of(
      'test/cluster/bad-input.test.ts',
      'when it lies in the checkout, also by a link',
      'when its files lie in the checkout',
      'when its login would run a program that is not a known one, and does not run it',
    ),
  },
  {
    id: 'A13',
    attack:
      'A chart leads out of its folder by links, paths or archive entries; or a link of the commit stands where a report or a plan file is to be written.',
    answer:
      'Charts stay in memory; links are followed inside the commit only; hostile entries refuse the archive. Nothing is written through a link that leaves the checkout.',
    standing: 'tested',
    tests: [
      ...of(
        'src/source/checkout.test.ts',
        'links are followed inside the tree, and named and left out where they leave it or run in circles',
        'a path that leads out of the repository is refused',
      ),
      ...of('src/helm/chart/archive.test.ts', 'hostile archives are refused'),
      ...of(
        'src/source/write-inside.test.ts',
        'a folder that is a link out of the checkout',
        'a link that leads into .git',
      ),
      ...of(attacks, 'a link of the commit where the reports go is not written through'),
    ],
  },
  {
    id: 'A14',
    attack: 'A chart never ends or fills the memory.',
    answer:
      'Limits on archives, documents, depth, steps, time and output; regular expressions of charts run in linear time.',
    standing: 'tested',
    tests: [
      ...of('src/helm/chart/archive.test.ts', 'a bomb stops while it unpacks'),
      ...of('src/helm/template/template-set.test.ts', 'endless recursion', 'endless output', 'endless work, and time'),
      ...of(
        'src/helm/functions/regex/expression.test.ts',
        'an expression that makes backtracking engines hang is answered at once',
      ),
    ],
  },
  {
    id: 'A15',
    attack: 'YAML changes prototypes, or explodes by aliases.',
    answer:
      'One reader that caps aliases and treats such names as data; values are merged onto objects without prototype.',
    standing: 'tested',
    tests: [
      ...of(
        'src/yaml/read.test.ts',
        'names of the prototype are data and touch nothing else',
        'a document of aliases to aliases is stopped',
      ),
      ...of('src/render/values.test.ts', 'never reach a prototype, whatever their keys are called'),
    ],
  },
  {
    id: 'A16',
    attack: 'A value is read as another type here than by kubectl or Helm.',
    answer: 'Scalars are typed as kubectl and Helm type them, and big integers keep every digit.',
    standing: 'tested',
    tests: of('src/yaml/read.test.ts', 'scalars are typed as YAML 1.1'),
  },
  {
    id: 'A17',
    attack: 'A Handlebars template reaches the program that renders it.',
    answer: 'Prototype access is off, helpers are a closed list, only texts are compiled.',
    standing: 'tested',
    tests: of('src/render/handlebars.test.ts', 'lookup reaches nothing but what is there'),
  },
  {
    id: 'A18',
    attack: 'A Helm template reads the cluster, the network or the environment.',
    answer: 'lookup finds nothing, names are not resolved, there is no env; a chart that draws or looks is named.',
    standing: 'tested',
    tests: [
      ...of('src/render/helm.test.ts', 'what a chart draws at random or looks for in the cluster is said'),
      ...of('src/helm/functions/index.test.ts', 'the functions of Helm 4.2.4 are all there, and no others'),
    ],
  },
  {
    id: 'A19',
    attack: 'A chart repository redirects a login elsewhere, or leads to an inner address.',
    answer: 'Logins stay with their host; link-local and metadata addresses are never asked; digests are checked.',
    standing: 'simulated',
    tests: [
      ...of(
        'src/source/chart.test.ts',
        'that redirects to another host does not get the login there',
        'gives a chart by its digest, and nothing else for it',
      ),
      ...of('src/source/address.test.ts', '%s is on the %s'),
    ],
  },
  {
    id: 'A20',
    attack: 'Text breaks out of the comment: fences, mentions, images, markers, quick actions.',
    answer: 'Everything from outside is literal; lines of blocks never begin with a sign of a stranger.',
    standing: 'tested',
    tests: [
      ...of(
        'src/report/comment.test.ts',
        'stays inside: no fence is closed, no mention, image, link, tag, marker or quick action comes out',
      ),
      ...of(
        'test/contract/quick-actions.test.ts',
        'nothing in the comment on a merge request acts, and all of it is kept',
        'nothing in the drift issue acts',
      ),
    ],
  },
  {
    id: 'A21',
    attack: 'A flood of changes pushes the one that matters out of the comment.',
    answer:
      'The most dangerous comes first, the same many times is one row, and what is left out is counted and linked.',
    standing: 'tested',
    tests: of('src/report/comment.test.ts', 'with %i changed objects, and says what it leaves out'),
  },
  {
    id: 'A22',
    attack: 'A job’s token may do more than it needs.',
    answer: 'The docs name the least rights; a right that is missing is said, and never hides what was done.',
    standing: 'simulated',
    tests: [
      ...of('src/forge/github.test.ts', 'a workflow without pull-requests: write is told so, by the comment’s outcome'),
      ...of(
        'src/forge/gitlab.test.ts',
        'cannot comment or read approvals: nothing is sent, and the token that is needed is named',
      ),
    ],
  },
  {
    id: 'A23',
    attack: 'A merge request’s job logs in as the apply does, by OIDC.',
    answer:
      'The cloud or the cluster decides that: trust the environment or the protected ref, never a whole repository.',
    standing: 'documented',
    tests: [],
  },
  {
    id: 'A24',
    attack: 'The action or a dependency is replaced.',
    answer:
      'Pin the Action by its commit and the template by its checksum; dist is built again and compared by npm run check:dist.',
    standing: 'documented',
    tests: [],
  },
  {
    id: 'A25',
    attack: 'A cache or a plan file is poisoned.',
    answer:
      'No plan file is trusted by an apply: it plans again, and goes by what the comment showed. A report takes only files that are sealed, and of its own merge request and head; with a key nobody else can seal one.',
    standing: 'tested',
    tests: [
      ...of(gate, 'for another plan than the expected one, in every mode'),
      ...of(
        attacks,
        'a template that asks whether a late value is bound already cannot show one thing and apply another',
      ),
      ...of(
        fleet,
        'is refused when it was tampered with, and the comment does not show it',
        'is refused when it comes from another merge request or an older head',
        'is refused by who has no key, and unsigned by who has one',
      ),
    ],
  },
  {
    id: 'A26',
    attack: 'Artifacts and outputs are read by people who may not see secrets.',
    answer: 'They hold the masked plan and counts, nothing else.',
    standing: 'tested',
    tests: [
      ...of('src/commands/after-apply.test.ts', 'drift as JSON is masked plain data with a versioned schema'),
      ...of(fleet, 'no plan file holds a secret, in any form'),
      ...of('test/acceptance/canaries.test.ts', 'not one of them is found anywhere, in no form'),
    ],
  },
  {
    id: 'A27',
    attack: 'A copied inventory makes a prune delete somebody else’s objects.',
    answer:
      'An object is deleted only when it carries the mark of its own release, by its uid; an inventory whose id is not the one of its own name and namespace is nobody’s.',
    standing: 'tested',
    tests: [
      ...of(
        'test/cluster/walk.test.ts',
        'loses what it no longer renders, and nothing that somebody else put beside it',
      ),
      ...of('test/cluster/takeover.test.ts', 'another set of objects is not taken from it'),
      ...of('src/cluster/read/parent.test.ts', 'that was copied from another release, or another namespace, is none'),
    ],
  },
  {
    id: 'A28',
    attack: 'A writer forges, copies or edits the plan that the bot’s comment shows.',
    answer:
      'What was shown is bound to project, merge request, head, place and rules. With a key that only the plan and apply jobs have it cannot be made or changed either; without one, whoever has the bot’s token can, and on GitLab its maintainers, who may edit notes of others.',
    standing: 'tested',
    tests: [
      ...of(
        attacks,
        'a plan comment copied from another merge request shows nothing there',
        'a plan comment that a writer edited does not count, though it still is the bot’s',
        'a plan comment that was rewritten does not count with a key',
      ),
      ...of(
        'test/acceptance/forge-trouble.test.ts',
        'does not believe a plan that a writer put in a comment of their own',
      ),
      ...of(
        gate,
        'counts for nothing when it was changed or signed with another key',
        'counts for nothing where the environment has moved to another place',
      ),
    ],
  },
];

/** Attacks that are in no list yet, found by trying; each was possible once. */
export const furtherTests: readonly TestName[] = of(
  attacks,
  'without a key, a masked value that somebody else merged later is not taken for the approved one',
  'what an ignore rule hides is shown when an apply would write it',
  'fields that no plan compares are not written either',
  'a tag with the name of a branch is not the branch',
  'a release that does not exist is an error, not an apply with nothing to do',
  'names of objects add no trailers to the commit message',
);
