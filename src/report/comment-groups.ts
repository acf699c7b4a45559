/** Environments of which a comment would say the same are said once: `staging, eu and us: the same 2 changes`. */
import type { CommentSection } from './comment.ts';
import { text } from './markdown.ts';

export interface EnvironmentGroup {
  /** In the order of the sections. */
  readonly environments: readonly string[];
  /** The first of them, which speaks for all. */
  readonly section: CommentSection;
}

/** Groups sections for which `words` says the same; a group stands where its first environment stood. */
export function groupBy(
  sections: readonly CommentSection[],
  words: (section: CommentSection) => string,
): readonly EnvironmentGroup[] {
  const groups = new Map<string, { readonly environments: string[]; readonly section: CommentSection }>();
  for (const section of sections) {
    const said = words(section);
    const group = groups.get(said);
    if (group === undefined) groups.set(said, { environments: [section.environment], section });
    else group.environments.push(section.environment);
  }
  return [...groups.values()];
}

const mostNames = 8;

/** `staging`, `staging and eu`, `staging, eu and us`; of very many, how many more. Markdown. */
export function namesOf(environments: readonly string[]): string {
  const names = environments.slice(0, mostNames).map(text);
  const more = environments.length - names.length;
  const all = more > 0 ? [...names, `${more} more`] : names;
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
