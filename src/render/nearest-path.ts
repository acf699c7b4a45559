/** The path that was probably meant: a file is often right by its name and wrong by its folder. */
import { nearest } from '../problem.ts';

/**
 * The one among files and their folders that is nearest: of the same name elsewhere, of nearly the same path, of nearly
 * the same name in the same folder, of nearly the same name elsewhere. Undefined when none is worth a suggestion.
 */
export function nearestPath(
  path: string,
  files: Iterable<string>,
  what: 'file' | 'file or folder' = 'file',
): string | undefined {
  const known = what === 'file' ? [...files] : withFolders(files);
  const name = nameOf(path);
  const byLength = known.toSorted((a, b) => a.length - b.length);
  const sameName = byLength.filter((one) => nameOf(one) === name);
  const siblings = byLength.filter((one) => folderOf(one) === folderOf(path));
  const nameIn = (candidates: readonly string[]): string | undefined => {
    const near = nearest(name, candidates.map(nameOf));
    return candidates.find((one) => nameOf(one) === near);
  };
  return sameName[0] ?? nearest(path, known) ?? nameIn(siblings) ?? nameIn(byLength);
}

function withFolders(files: Iterable<string>): readonly string[] {
  const all = new Set<string>();
  for (const file of files) for (let path = file; path !== ''; path = folderOf(path)) all.add(path);
  return [...all];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
