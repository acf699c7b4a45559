/** What a source gives: contents by path, and what had to be left out. */

export interface Files {
  /** Contents by path from the top of the repository or folder, with `/`, in order of path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What is there and was not read, with the reason; to be shown beside the plan. */
  readonly notices: readonly string[];
  /** Paths whose content lies elsewhere in the commit, because a link leads there; absent where no commit was read. */
  readonly linked?: ReadonlySet<string>;
}

/** `a/b` and `../c` → `a/c`; undefined where the path is absolute or leaves the top. */
export function joinInside(folder: string, path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0') || path.includes('\\')) return undefined;
  const steps = folder === '' ? [] : folder.split('/');
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.join('/');
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Whether a path is one of these files or lies below one of these folders; every path does where none is named. */
export function isBelow(path: string, folders: readonly string[]): boolean {
  if (folders.length === 0) return true;
  return folders.some((folder) => folder === '' || path === folder || path.startsWith(`${folder}/`));
}

export function sortedByPath(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}
