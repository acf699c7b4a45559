import { HelmError } from '../helm-error.ts';
import { compilePathPattern, matchesPath, type PathPattern } from './path-match.ts';

export const ignoreFile = '.helmignore';

/** Whether Helm leaves a file or a whole folder of the chart out. Paths are relative to the chart, with `/`. */
export type IgnoreRule = (path: string, kind: 'file' | 'folder') => boolean;

interface Rule {
  readonly pattern: PathPattern;
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  /** A rule without a slash looks at the last path segment only. */
  readonly baseNameOnly: boolean;
}

/**
 * The rules of a `.helmignore` (undefined: the chart has none), with Helm's built-in one for hidden templates.
 * It is not gitignore: the first rule that decides wins, `**` is an error, and `!x` ignores all that does not match x.
 */
export function ignoreRule(text: string | undefined): IgnoreRule {
  const rules = (text ?? '')
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.trim())
    .concat('templates/.?*')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseRule);
  return (path, kind) => ignored(rules, path, kind);
}

/** The files of a chart folder without those its `.helmignore` names, directly or by an ignored parent folder. */
export function withoutIgnored<T>(files: ReadonlyMap<string, T>, ignores: IgnoreRule): Map<string, T> {
  const folders = new Map<string, boolean>();
  function inIgnoredFolder(path: string): boolean {
    const slash = path.lastIndexOf('/');
    if (slash < 0) return false;
    const folder = path.slice(0, slash);
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const result = inIgnoredFolder(folder) || ignores(folder, 'folder');
    folders.set(folder, result);
    return result;
  }
  return new Map([...files].filter(([path]) => !inIgnoredFolder(path) && !ignores(path, 'file')));
}

function ignored(rules: readonly Rule[], path: string, kind: 'file' | 'folder'): boolean {
  for (const rule of rules) {
    if (rule.foldersOnly && kind !== 'folder') {
      if (rule.negated) return true;
      continue;
    }
    const subject = rule.baseNameOnly ? path.slice(path.lastIndexOf('/') + 1) : path;
    if (matchesPath(rule.pattern, subject) !== rule.negated) return true;
  }
  return false;
}

function parseRule(line: string): Rule {
  if (line.includes('**')) {
    throw new HelmError({
      stage: 'chart',
      file: ignoreFile,
      message: 'double-star (**) syntax is not supported',
      hint: `Change the line ${JSON.stringify(line)} of ${ignoreFile}; a rule without a slash matches at any depth.`,
    });
  }
  const negated = line.startsWith('!');
  const bare = negated ? line.slice(1) : line;
  const foldersOnly = bare.endsWith('/');
  const path = foldersOnly ? bare.slice(0, -1) : bare;
  const pattern = compilePathPattern(path.startsWith('/') ? path.slice(1) : path);
  if (pattern === undefined) {
    throw new HelmError({
      stage: 'chart',
      file: ignoreFile,
      message: 'syntax error in pattern',
      hint: `The line ${JSON.stringify(line)} of ${ignoreFile} is no valid pattern.`,
    });
  }
  return { pattern, negated, foldersOnly, baseNameOnly: !path.includes('/') };
}
