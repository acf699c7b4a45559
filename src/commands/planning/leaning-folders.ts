/** Charts may lean on files far from their own: kustomize bases, `file://` dependencies. */
import { folderOf, joinInside } from '../../source/files.ts';

const leaning = /(^|\/)(kustomization\.ya?ml|Kustomization|Chart\.yaml)$/;

/**
 * Top folders that charts among these files climb out to; '' for the whole repository. What merely looks like such a
 * path brings some files too many, and harms nothing.
 */
export function leaningFolders(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const tops = new Set<string>();
  for (const [path, content] of files) {
    if (!leaning.test(path)) continue;
    for (const [climb] of new TextDecoder().decode(content).matchAll(/(?<![\w.])\.\.(?:\/[^\s"',\]}]*)?/g)) {
      const target = joinInside(folderOf(path), climb);
      if (target !== undefined) tops.add(target.split('/')[0] ?? '');
    }
  }
  return [...tops];
}
