/**
 * GitLab reads notes and descriptions for lines that start with a command and does what they say. What it takes for
 * quoted text is narrower than Markdown: a fence of exactly three backticks, a block of raw HTML, a `>>>` quote and
 * code within a line. A longer fence or one of tildes protects nothing.
 */

export interface QuickAction {
  readonly command: string;
  readonly text: string;
}

/** Commands that need no more than writing access; there are many others, and all are read the same way. */
const commands = [
  'approve',
  'assign',
  'assign_reviewer',
  'close',
  'confidential',
  'copy_metadata',
  'draft',
  'due',
  'duplicate',
  'estimate',
  'label',
  'lock',
  'merge',
  'milestone',
  'move',
  'ready',
  'rebase',
  'relabel',
  'reopen',
  'request_review',
  'shrug',
  'spend',
  'submit_review',
  'subscribe',
  'tableflip',
  'target_branch',
  'title',
  'todo',
  'unapprove',
  'unassign',
  'unlabel',
  'unlock',
];

const quoted = [/^```.+?\n```$/gms, /^<[^>]+?>\n.+?\n<\/[^>]+?>$/gms, /^>>>.+?\n>>>$/gms, /^.*`[^`\n]*`.*$/gm];
const action = new RegExp(`^/(${commands.join('|')})(?:[ ]+([^\\n]*?))?[ ]*$`, 'gim');

/** The commands in a text, and the text that is kept: without them. */
export function readQuickActions(text: string): { readonly actions: readonly QuickAction[]; readonly kept: string } {
  const spans = quoted.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length })),
  );
  const actions: QuickAction[] = [];
  const kept = text.replaceAll(action, (whole: string, command: string, argument: string | undefined, at: number) => {
    if (spans.some((span) => at >= span.start && at < span.end)) return whole;
    actions.push({ command: command.toLowerCase(), text: argument ?? '' });
    return '';
  });
  return { actions, kept: actions.length > 0 ? kept.trim() : kept };
}
