/** Globs over names with slashes: branches, paths and namespaces. `*` stays within one segment, `**` crosses them. */

/** What is wrong with a glob, or undefined. Only `*`, `**` and `?` have a meaning, so that no glob is read two ways. */
export function globMistake(glob: string): string | undefined {
  if (glob.startsWith('!')) return 'a leading ! has no meaning here; name what is wanted instead';
  const sign = /[[\]{}\\]/.exec(glob)?.[0];
  if (sign !== undefined) return `${sign} has no meaning here; only *, ** and ? have one`;
  if (glob.includes('***')) return '*** has no meaning; write * or **';
  return undefined;
}

export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/** Whether the whole text matches. `a/**` matches everything below `a`; `**` before a slash also matches no segment at all. */
export function matchesGlob(glob: string, text: string): boolean {
  const source = glob.replace(/\*\*\/|\*\*|[*?]|[\\^$.|+()[\]{}]/g, (sign) => {
    if (sign === '**/') return '(?:.*/)?';
    if (sign === '**') return '.*';
    if (sign === '*') return '[^/]*';
    if (sign === '?') return '[^/]';
    return `\\${sign}`;
  });
  return new RegExp(`^${source}$`, 's').test(text);
}

export function matchesAnyGlob(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => matchesGlob(glob, text));
}
