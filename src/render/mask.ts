/** Keeps secrets out of what an error says: templates may have put them anywhere. */
import { Problem } from '../problem.ts';
import { encodeBase64 } from '../resource/secret.ts';

const masked = '‹secret›';

/** The same Problem without the values, neither as they are nor in base64. */
export function maskSecrets(problem: Problem, secrets: readonly string[]): Problem {
  if (secrets.length === 0) return problem;
  const { reason, message, where, excerpt, hint, more } = problem;
  return new Problem({
    reason,
    message: maskText(message, secrets),
    where,
    excerpt: excerpt === undefined ? undefined : maskText(excerpt, secrets),
    hint: hint === undefined ? undefined : maskText(hint, secrets),
    more: more.map((other) => maskSecrets(other, secrets)),
  });
}

function maskText(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeBase64(secret), ...linesOf(secret)])
    .toSorted((a, b) => b.length - a.length)
    .reduce((result, form) => result.replaceAll(form, masked), text);
}

/** A key or certificate may stand in a text line by line; short lines are in every text and give nothing away. */
function linesOf(secret: string): readonly string[] {
  return secret
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= 6);
}
