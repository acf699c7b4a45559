import type { Revision } from './repository.ts';

/** `after` first; the order of the configuration otherwise. */
export function inOrder(names: readonly string[], { config }: Revision): readonly string[] {
  const ordered: string[] = [];
  const visit = (name: string): void => {
    if (ordered.includes(name)) return;
    const environment = config.environments.find((candidate) => candidate.name === name);
    for (const before of environment?.after ?? []) if (names.includes(before)) visit(before);
    ordered.push(name);
  };
  for (const name of names) visit(name);
  return ordered;
}
