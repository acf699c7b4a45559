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
  { from: 'held', to: 'merged', by: 'anyone who may apply', when: 'pushgate unhold' },
];
