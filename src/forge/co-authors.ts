import type { Contributor } from './forge.ts';

/** The people a commit message names with `Co-authored-by: Name <address>`, as both forges read it. */
export function coAuthorsOf(message: string): readonly Contributor[] {
  return [...message.matchAll(/^co-authored-by:[ \t]*(.*?)[ \t]*<([^<>\s]+)>[ \t]*$/gim)].map((match) => ({
    user: undefined,
    name: match[1] ?? '',
    email: match[2] ?? '',
    as: 'co-author',
  }));
}
