/**
 * CODEOWNERS as the two forges read it: docs.github.com "About code owners", docs.gitlab.com "Syntax of CODEOWNERS
 * file". A line that a forge would skip is a mistake here: an owner who is silently not asked is no owner.
 */

export type Dialect = 'github' | 'gitlab';

/** Where each forge looks for the file, in its order. */
export const codeOwnersPaths: Readonly<Record<Dialect, readonly string[]>> = {
  github: ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'],
  gitlab: ['CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'],
};

export interface CodeOwners {
  readonly sections: readonly Section[];
}

interface Section {
  /** '' for what stands before the first heading, and for all of GitHub's. */
  readonly name: string;
  readonly optional: boolean;
  readonly approvals: number;
  readonly rules: readonly Rule[];
  readonly exclusions: readonly RegExp[];
}

interface Rule {
  readonly line: number;
  readonly pattern: string;
  readonly matches: RegExp;
  /** As written: `@name`, `@org/team`, `@@role`, an e-mail address. None: nobody owns what matches. */
  readonly owners: readonly string[];
}

/** What one rule asks for; several files that it owns ask for the same. */
export interface OwnersAsked {
  readonly line: number;
  readonly pattern: string;
  readonly section: string;
  readonly owners: readonly string[];
  readonly approvals: number;
}

/** Line numbers count from 1. */
export function parseCodeOwners(
  text: string,
  dialect: Dialect,
): CodeOwners | { readonly line: number; readonly mistake: string } {
  return dialect === 'github' ? parseGitHub(text) : parseGitLab(text);
}

/** What the owners of changed files must do: in each section the last rule that matches a file decides. */
export function ownersAsked({ sections }: CodeOwners, paths: readonly string[]): readonly OwnersAsked[] {
  return sections.flatMap(({ name, optional, approvals, rules, exclusions }) => {
    if (optional) return [];
    const asked = new Map<number, OwnersAsked>();
    for (const path of paths) {
      if (exclusions.some((exclusion) => exclusion.test(path))) continue;
      const rule = rules.findLast(({ matches }) => matches.test(path));
      if (rule === undefined || rule.owners.length === 0) continue;
      const { line, pattern, owners } = rule;
      asked.set(line, { line, pattern, section: name, owners, approvals });
    }
    return [...asked.values()].sort((a, b) => a.line - b.line);
  });
}

function parseGitHub(text: string): CodeOwners | { readonly line: number; readonly mistake: string } {
  const rules: Rule[] = [];
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const words = wordsOf(whole.replace(/(^|\s)#.*$/, ''));
    const [pattern, ...owners] = words;
    if (pattern === undefined) continue;
    if (/^!|[[\]]/.test(pattern)) return { line, mistake: `"${pattern}": GitHub knows neither ! nor [ ] in patterns` };
    const stranger = owners.find((owner) => !/^@[^@/\s]+(?:\/[^@/\s]+)?$|^[^@\s]+@[^@\s]+$/.test(owner));
    if (stranger !== undefined) return { line, mistake: `"${stranger}" is no @user, @organisation/team or address` };
    rules.push({ line, pattern, matches: githubPattern(pattern), owners });
  }
  return { sections: [{ name: '', optional: false, approvals: 1, rules, exclusions: [] }] };
}

interface Heading {
  readonly name: string;
  readonly optional: boolean;
  readonly approvals: number;
  readonly owners: readonly string[];
}

interface OpenSection {
  readonly name: string;
  optional: boolean;
  approvals: number;
  readonly rules: Rule[];
  readonly exclusions: RegExp[];
}

function parseGitLab(text: string): CodeOwners | { readonly line: number; readonly mistake: string } {
  const sections = new Map<string, OpenSection>();
  let heading: Heading = { name: '', optional: false, approvals: 1, owners: [] };
  const current = (): OpenSection => {
    const id = heading.name.toLowerCase();
    const { name, optional, approvals } = heading;
    const known = sections.get(id) ?? { name, optional, approvals, rules: [], exclusions: [] };
    sections.set(id, known);
    return known;
  };
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = whole.trim();
    if (content === '' || content.startsWith('#')) continue;
    if (/^\^?\[/.test(content)) {
      const read = readHeading(content);
      if (read === undefined) return { line, mistake: `"${content}" is no heading of a section` };
      heading = read;
      const section = current();
      // Of headings of one name the stricter counts.
      section.optional &&= read.optional;
      section.approvals = Math.max(section.approvals, read.approvals);
      continue;
    }
    const [pattern = '', ...others] = wordsOf(content);
    if (pattern.startsWith('!')) {
      current().exclusions.push(gitlabPattern(pattern.slice(1)));
      continue;
    }
    const owners = others.filter(isOwner);
    current().rules.push({
      line,
      pattern,
      matches: gitlabPattern(pattern),
      owners: owners.length > 0 ? owners : heading.owners,
    });
  }
  return { sections: [...sections.values()] };
}

/** `^[Name][2] @owner`: ^ for optional, a number of approvals, owners of the rules that name none. */
function readHeading(content: string): Heading | undefined {
  const match = /^(\^)?\[([^\]]+)\](?:\[(\d*)\])?(?:\s+(.*))?$/.exec(content);
  if (match === null) return undefined;
  const [, optional, name = '', approvals, rest = ''] = match;
  return {
    name: name.trim(),
    optional: optional !== undefined,
    approvals: Math.max(1, Number(approvals ?? 1)),
    owners: wordsOf(rest).filter(isOwner),
  };
}

function isOwner(word: string): boolean {
  return /^@@?[^@\s]+$|^[^@\s]+@[^@\s]+$/.test(word);
}

/** Words at blanks; a backslash keeps the blank or # behind it in the word. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:\\.|[^\s\\])+/g)].map(([word]) => word.replace(/\\([\s#])/g, '$1'));
}

/**
 * Like .gitignore without ! and [ ]: a pattern with a slash but at its end starts at the top, a name matches a folder
 * and all below it. What ends in `/*` matches files of that folder only.
 */
function githubPattern(pattern: string): RegExp {
  const anchored = pattern.replace(/\/$/, '').includes('/');
  const isFolder = pattern.endsWith('/');
  const steps = pattern.replace(/^\//, '').replace(/\/$/, '').split('/');
  const below = isFolder ? '/.+' : steps.length > 1 && steps.at(-1) === '*' ? '' : '(?:/.+)?';
  return new RegExp(`^${anchored ? '' : '(?:.+/)?'}${stepsPattern(steps)}${below}$`, 's');
}

/** Ruby’s File.fnmatch with FNM_PATHNAME and FNM_DOTMATCH, after GitLab has completed the pattern. */
function gitlabPattern(pattern: string): RegExp {
  const anchored = pattern.startsWith('/');
  const whole = pattern.endsWith('/') ? `${pattern}**/*` : pattern;
  const steps = whole.replace(/^\//, '').split('/');
  return new RegExp(`^${stepsPattern(anchored ? steps : ['**', ...steps])}$`, 's');
}

function stepsPattern(steps: readonly string[]): string {
  return steps
    .map((step, index) => {
      const last = index === steps.length - 1;
      if (step === '**') return last ? '.*' : '(?:.+/)?';
      return `${stepPattern(step)}${last ? '' : '/'}`;
    })
    .join('');
}

function stepPattern(step: string): string {
  return step.replaceAll(
    /\[(!|\^)?([^\]]*)\]|[*]+|\?|[\s\S]/g,
    (sign, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === undefined ? '' : '^'}${set.replaceAll(/[\\^[\]]/g, '\\$&')}]`;
      if (sign.startsWith('*')) return '[^/]*';
      if (sign === '?') return '[^/]';
      return sign.replace(/[.+^${}()|[\]\\]/, '\\$&');
    },
  );
}
