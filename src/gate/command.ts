/** What a comment may ask for: one line, nothing else, in exactly these words. */

export type CommentCommand =
  | { readonly kind: 'plan' }
  /** `digest` as the comment shows it (`1a2b-3c4d`) or whole. */
  | { readonly kind: 'apply'; readonly digest: string | undefined }
  | { readonly kind: 'unlock'; readonly release: string | undefined }
  | { readonly kind: 'hold'; readonly release: string | undefined; readonly reason: string | undefined };

/** The words, for whoever mistyped one. */
export const commandWords =
  '/pushgate plan | /pushgate apply [DIGEST] | /pushgate unlock [RELEASE] | /pushgate hold [RELEASE [REASON]], and nothing else in the comment';

const release = '[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?';
const forms: readonly {
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray) => CommentCommand;
}[] = [
  { pattern: /^plan$/, read: () => ({ kind: 'plan' }) },
  {
    pattern: /^apply(?: ([0-9a-f]{4}-[0-9a-f]{4}|[A-Za-z0-9_-]{22,64}))?$/,
    read: ([, digest]) => ({ kind: 'apply', digest }),
  },
  { pattern: new RegExp(`^unlock(?: (${release}))?$`), read: ([, name]) => ({ kind: 'unlock', release: name }) },
  {
    pattern: new RegExp(`^hold(?: (${release})(?: ([^\\p{C}\\p{Zl}\\p{Zp}]{1,200}))?)?$`, 'u'),
    read: ([, name, reason]) => ({ kind: 'hold', release: name, reason }),
  },
];

/**
 * The command of a comment; undefined for a comment that is none, `mistyped` for one that begins like one. Quoted text,
 * code and further lines make it no command: what is carried out must be what everybody reads in it.
 */
export function readCommand(body: string): CommentCommand | 'mistyped' | undefined {
  const text = body.replace(/(?:\r?\n)+$/, '');
  if (!/^\/pushgate(?![\w-])/.test(text)) return undefined;
  const words = /^\/pushgate (.*)$/.exec(text)?.[1];
  for (const { pattern, read } of words === undefined ? [] : forms) {
    const match = pattern.exec(words ?? '');
    if (match !== null) return read(match);
  }
  return 'mistyped';
}

export interface Commenter {
  readonly name: string;
  readonly bot: boolean;
  /** undefined where that could not be read. */
  readonly mayWrite: boolean | undefined;
}

/** Why a comment is not obeyed, whatever it asks; undefined when it is. */
export function commentRefusal(comment: {
  /** Whether the event is the comment's making; an edit would have an old one speak with today's rights. */
  readonly isNew: boolean;
  readonly by: Commenter;
}): string | undefined {
  const { isNew, by } = comment;
  if (!isNew) return 'only new comments are obeyed, never edited ones';
  if (by.bot) return `${by.name} is a bot`;
  if (by.mayWrite === undefined) return `whether ${by.name} may write to the repository could not be read`;
  return by.mayWrite ? undefined : `${by.name} may not write to the repository`;
}
