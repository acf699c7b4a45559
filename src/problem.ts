/**
 * People's mistakes and the world's refusals, as values with a stable name.
 *
 * Every end of a run carries one reason code of this closed list; `docs/reasons.md` is generated from it,
 * and scripts may rely on the codes and exit codes, never on the sentences.
 */

/** Exit codes of every front. `changes` is only used with `--detailed-exitcode`. */
export const exitCodes = {
  done: 0,
  error: 1,
  changes: 2,
  refused: 3,
  partly: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export type Exit = keyof typeof exitCodes;

interface Reason {
  readonly exit: Exit;
  /** One sentence for the reference: when a run ends this way. */
  readonly means: string;
}

/** The closed list of reason codes. Adding a way to end a run is adding a row here. */
export const reasons = {
  'no-changes': { exit: 'done', means: 'Nothing differs; nothing was to be done.' },
  changes: { exit: 'changes', means: 'The plan has changes. Exit 2 with --detailed-exitcode, else 0.' },
  applied: { exit: 'done', means: 'Every change that was to be applied was applied.' },
  'partly-applied': {
    exit: 'partly',
    means: 'Some releases were applied, others were refused or failed; each is named.',
  },
  drift: {
    exit: 'changes',
    means: 'What is there differs from what was applied. Exit 2 with --detailed-exitcode, else 0.',
  },
  'approval-missing': {
    exit: 'refused',
    means: 'The merge request that showed the change lacks an approval that counts.',
  },
  'not-merged': { exit: 'refused', means: 'The environment is applied after the merge, not by a comment before it.' },
  'comment-refused': {
    exit: 'refused',
    means: 'A comment is not obeyed: it was edited, mistyped, or its author may not write to the repository.',
  },
  'not-shown': { exit: 'refused', means: 'A change was not shown in any approved merge request.' },
  'head-moved': { exit: 'refused', means: 'The merge request has newer commits than the plan that was shown.' },
  superseded: { exit: 'refused', means: 'The commit does not descend from the one already applied.' },
  'wrong-ref': { exit: 'refused', means: 'The environment does not take releases from this branch or tag.' },
  'no-policy': {
    exit: 'refused',
    means: 'The target branch has no Pushgate configuration yet; only planning is possible.',
  },
  'no-merge-request': {
    exit: 'refused',
    means: 'The commit came to the branch without a merge request, so nothing was shown.',
  },
  'fork-refused': {
    exit: 'refused',
    means: 'The merge request comes from a fork: rendering only, no credentials, no apply.',
  },
  'out-of-order': { exit: 'refused', means: 'An environment that must come first does not have this commit yet.' },
  'outside-window': {
    exit: 'refused',
    means: 'The environment takes releases at certain times only, and this is none.',
  },
  frozen: { exit: 'refused', means: 'A freeze of the environment is in force.' },
  'break-glass-refused': { exit: 'refused', means: 'Whoever gave --break-glass is not named by the rules in force.' },
  locked: { exit: 'refused', means: 'Another run holds the release.' },
  held: { exit: 'refused', means: 'The release is on hold.' },
  'planner-can-write': {
    exit: 'refused',
    means: 'The login of a plan could write to the cluster, or it is not known, and the environment wants it pinned.',
  },
  unattended: { exit: 'refused', means: 'The environment is only healed by people: drift.mode is not heal.' },
  'prune-refused': { exit: 'refused', means: 'The prune brake or a protected kind stops a deletion.' },
  'plaintext-secret': { exit: 'refused', means: 'A Secret would be written to Git in plain text.' },
  conflict: { exit: 'refused', means: 'Somebody else changed what this run was about to write.' },
  'digest-mismatch': { exit: 'refused', means: 'The plan is not the one that --expect-digest names.' },
  'late-value-refused': { exit: 'refused', means: 'A value bound at apply is missing or does not match its pattern.' },
  'not-repeatable': {
    exit: 'error',
    means: 'A chart draws a name, a key or a length, or more follows from what it draws than was shown.',
  },
  'config-invalid': { exit: 'error', means: 'pushgate.yaml or an option is not valid.' },
  usage: { exit: 'error', means: 'The command line is not valid.' },
  'not-a-merge-request': { exit: 'error', means: 'The command needs a merge request and the run is not in one.' },
  unhealthy: {
    exit: 'error',
    means: 'Doctor found something that keeps Pushgate from working; each is named with its remedy.',
  },
  'plan-refused': {
    exit: 'error',
    means: 'A plan file is damaged, was planned for something else, or is not signed with the key of this run.',
  },
  'plan-missing': {
    exit: 'error',
    means: 'A part of what the merge request touches is in no plan file; the comment names it.',
  },
  'link-refused': { exit: 'error', means: 'A file would be written through a link that the commit has.' },
  'source-missing': { exit: 'error', means: 'A chart, values file or revision does not exist.' },
  'render-failed': { exit: 'error', means: 'A chart did not render.' },
  'invalid-object': { exit: 'error', means: 'A rendered document is not a Kubernetes object, or stands there twice.' },
  rejected: { exit: 'error', means: 'The server does not accept an object.' },
  'tool-missing': { exit: 'error', means: 'A program that this release needs is not installed.' },
  unreachable: { exit: 'error', means: 'A server or remote could not be reached.' },
  forbidden: { exit: 'error', means: 'The login may not do what was asked.' },
  unauthenticated: { exit: 'error', means: 'The server does not know the login, or it expired.' },
  'not-ready': { exit: 'error', means: 'Objects were applied but did not become ready in time.' },
  'hook-failed': { exit: 'error', means: 'A hook of a release failed; what comes after it was not done.' },
  'limit-exceeded': { exit: 'error', means: 'An input is larger or deeper than the limits allow.' },
  'race-lost': {
    exit: 'error',
    means: 'Others kept writing to the same place; nothing was written after several tries.',
  },
  cancelled: { exit: 'interrupted', means: 'The run was cancelled; what was done until then is said.' },
  internal: { exit: 'error', means: 'A fault in Pushgate itself.' },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof reasons;

export interface ProblemOptions {
  readonly reason: ReasonCode;
  /** What was being done, to what, and what went wrong; one sentence without a final full stop is fine. */
  readonly message: string;
  /** `file`, `file:line` or `file:line:column`, relative to the repository. */
  readonly where?: string | undefined;
  /** Source lines with a caret, or other lines that explain; printed indented. */
  readonly excerpt?: string | undefined;
  /** What the reader can do about it. */
  readonly hint?: string | undefined;
  /** Further problems found together with this one; printed after it. */
  readonly more?: readonly Problem[] | undefined;
  readonly cause?: unknown;
}

/** A mistake or refusal that is explained to a person and printed without a stack. Anything else thrown is a bug. */
export class Problem extends Error {
  readonly reason: ReasonCode;
  readonly where: string | undefined;
  readonly excerpt: string | undefined;
  readonly hint: string | undefined;
  readonly more: readonly Problem[];

  constructor(options: ProblemOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.reason = options.reason;
    this.where = options.where;
    this.excerpt = options.excerpt;
    this.hint = options.hint;
    this.more = options.more ?? [];
  }
}

/**
 * Several problems as one that can be thrown: the first, with the others after it, each once: releases often share a
 * chart. Undefined when there are none.
 */
export function combineProblems(problems: readonly Problem[]): Problem | undefined {
  const all = problems.flatMap((problem) => [withoutMore(problem), ...problem.more]);
  const [first, ...others] = new Map(all.map((problem) => [formatProblem(problem), problem])).values();
  if (first === undefined || others.length === 0) return first;
  const { reason, message, where, excerpt, hint, cause } = first;
  return new Problem({ reason, message, where, excerpt, hint, cause, more: others });
}

function withoutMore(problem: Problem): Problem {
  const { reason, message, where, excerpt, hint, cause, more } = problem;
  return more.length === 0 ? problem : new Problem({ reason, message, where, excerpt, hint, cause });
}

/** The lines a person sees for a problem: `✖ reason: where`, the message, the excerpt and the hint. */
export function formatProblem(problem: Problem): string {
  const lines = [`✖ ${problem.reason}: ${problem.where === undefined ? problem.message : problem.where}`];
  if (problem.where !== undefined) lines.push(`  ${problem.message}`);
  if (problem.excerpt !== undefined) lines.push(...problem.excerpt.split('\n').map((line) => `  ${line}`));
  if (problem.hint !== undefined) lines.push(`  ${problem.hint}`);
  lines.push(...problem.more.map(formatProblem));
  return lines.join('\n');
}

/**
 * The source line with a caret under the column (both from 1), as `excerpt` of a Problem. A note stands behind the caret.
 * Undefined when the text has no such line.
 */
export function excerptAt(options: {
  readonly text: string;
  readonly line: number;
  readonly column?: number | undefined;
  readonly note?: string | undefined;
}): string | undefined {
  const source = options.text.split('\n')[options.line - 1]?.replace(/\r$/, '');
  if (source === undefined) return undefined;
  // Long lines are cut around the place, so that the caret stays in sight.
  const column = options.column ?? source.length - source.trimStart().length + 1;
  const from = column > 100 ? column - 60 : 0;
  const shown = `${from > 0 ? '…' : ''}${source.slice(from, from + 140)}${source.length > from + 140 ? '…' : ''}`;
  const gutter = `${options.line} | `;
  const indent = ' '.repeat(Math.max(0, column - 1 - from + (from > 0 ? 1 : 0)));
  const bar = `${' '.repeat(String(options.line).length)} | `;
  const note = options.note === undefined ? '' : ` ${options.note}`;
  return `${gutter}${shown.replaceAll('\t', ' ')}\n${bar}${indent}^${note}`;
}

/** The candidate nearest to what was typed, or undefined when none is close enough to be worth suggesting. */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Two letters of three would be another word.
  let bestDistance = (typed.length <= 3 ? 1 : Math.max(2, Math.floor(typed.length / 3))) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(typed.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
