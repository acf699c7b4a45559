/** The states of a change on its way into an environment, and who moves each arrow; docs/states.md is made from this. */

export const states = {
  shown: 'A plan of the merge request shows it, for one head.',
  approved: 'The planned head has the approvals that the environment asks for.',
  merged: 'It is on the branch, and waits to be applied.',
  applying: 'A run has asked the gate and is writing.',
  applied: 'It is there, and the record says so.',
  refused: 'A run asked the gate, and the gate said no; nothing was written.',
  held: 'Somebody keeps the release from being applied.',
} as const;

export type State = keyof typeof states;

interface Arrow {
  readonly from: State;
  readonly to: State;
  /** Who moves it. */
  readonly by: string;
  readonly when: string;
}

export const arrows: readonly Arrow[] = [
  {
    from: 'shown',
    to: 'shown',
    by: 'author',
    when: 'pushes: the new head is planned, and approvals of the old one no longer count',
  },
  {
    from: 'shown',
    to: 'approved',
    by: 'reviewer',
    when: 'approves the planned head, may write, and is not the author',
  },
  {
    from: 'approved',
    to: 'shown',
    by: 'reviewer, author',
    when: 'takes the approval back, requests changes, or pushes',
  },
  { from: 'approved', to: 'merged', by: 'whoever may merge', when: 'merges, by merge commit, squash or rebase' },
  { from: 'shown', to: 'merged', by: 'whoever may merge', when: 'merges without approval; the apply will refuse it' },
  {
    from: 'merged',
    to: 'applying',
    by: 'apply job',
    when: 'every change was shown in an approved merge request, and nothing moved since',
  },
  {
    from: 'merged',
    to: 'refused',
    by: 'gate',
    when: 'something was not shown, not approved, moved, or the run is older than what is applied',
  },
  {
    from: 'refused',
    to: 'merged',
    by: 'reviewer',
    when: 'approves the merged merge request at its planned head; then the apply job is run again',
  },
  {
    from: 'refused',
    to: 'shown',
    by: 'author',
    when: 'opens any merge request: its plan shows what waits on the branch too',
  },
  { from: 'applying', to: 'applied', by: 'apply job', when: 'the write succeeded as a whole' },
  {
    from: 'applying',
    to: 'refused',
    by: 'apply job',
    when: 'somebody changed what the run had seen; nothing was written',
  },
  { from: 'merged', to: 'held', by: 'anyone who may apply', when: 'pushgate hold' },
  {
    from: 'applied',
    to: 'held',
    by: 'anyone who may apply',
    when: 'pushgate rollback, until Git asks for what was brought back',
  },
  { from: 'held', to: 'merged', by: 'anyone who may apply', when: 'pushgate unhold' },
  {
    from: 'held',
    to: 'merged',
    by: 'apply job',
    when: 'the merge request that the hold waits for (the revert of a rollback, or one applied before its merge) is merged or closed',
  },
];

interface Way {
  /** How a change comes to the branch. */
  readonly by: string;
  /** What is asked of it, and what else to do where that is not there. */
  readonly counts: string;
}

/** From what was approved to what is on the branch. */
export const ways: readonly Way[] = [
  { by: 'merge commit', counts: 'the merge request whose merge the commit is: shown and approved at its head' },
  { by: 'squash', counts: 'the same; the forge says which commit the squash made' },
  {
    by: 'rebase',
    counts:
      'the same, for each of the commits that it made of the merge request. Where GitLab rebases the source branch first, that is a push: it is planned and approved anew',
  },
  {
    by: 'merge queue, merge train',
    counts:
      'each merge request by itself, at the head that was approved. The queue’s own branch (gh-readonly-queue/…) is no branch that an environment takes: its runs do nothing and end well',
  },
  {
    by: 'cherry-pick',
    counts: 'a merge request into that branch; picked by hand it is a direct push, whatever was approved elsewhere',
  },
  {
    by: 'direct push',
    counts: 'nothing: `no-merge-request`. The next merge request, be it empty, shows it; its approval lets it through',
  },
  {
    by: 'revert',
    counts:
      'as any other change: by a merge request, or by hand as a direct push. A revert of what was never applied leaves nothing to do',
  },
  {
    by: 'release branch',
    counts:
      'merge requests into it. Rules count also where they were approved on a branch that the environment takes and this one was made from',
  },
  {
    by: 'tag',
    counts:
      'no merge request leads to a tag: `no-merge-request`. Let tags in with gate mode `environment`; on the forge, protect them',
  },
];
