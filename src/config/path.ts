/** Paths inside the repository and the one placeholder that they may hold. */
import { nearest } from '../problem.ts';

/** Why a path may not be used, or undefined. Nothing outside of the repository is ever read. */
export function pathMistake(path: string): string | undefined {
  if (path.includes('\\')) return 'has a backslash; write / between folders';
  if (/[\x00-\x1f\x7f]/.test(path)) return 'has a control character';
  if (path.startsWith('/') || path.startsWith('~') || /^[A-Za-z]:/.test(path)) {
    return 'is absolute; write it relative to the repository';
  }
  if (path.split('/').includes('..')) return 'leads out of the repository';
  return undefined;
}

/** `./a//b/` → `a/b`; the repository itself is `.`. */
export function tidyPath(path: string): string {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  return steps.length === 0 ? '.' : steps.join('/');
}

/** Why the placeholders of a text cannot be filled, or undefined. */
export function placeholderMistake(text: string): string | undefined {
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)]
    .map((match) => match[1] ?? '')
    .find((name) => name !== 'environment');
  if (unknown === undefined) return undefined;
  const suggestion =
    nearest(unknown, ['environment']) === undefined ? 'only {environment} is known' : 'did you mean {environment}?';
  return `has the placeholder {${unknown}}; ${suggestion}`;
}

export function usesEnvironment(text: string): boolean {
  return text.includes('{environment}');
}

export function withEnvironment(text: string, environment: string): string {
  return text.replaceAll('{environment}', environment);
}
