/** What others wrote (events, logs, login programs), made fit to be repeated. */
import { maskText } from '../../plan/mask.ts';

/** One line, without signs that a terminal or a runner would act on, of a bounded length, masked before it is cut. */
export function tidy(line: string, secrets: readonly string[]): string {
  const plain = maskText(line, secrets)
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/\p{C}+/gu, ' ')
    .replace(/##\[/g, '## [')
    .trim();
  return plain.length > longestLine ? `${plain.slice(0, longestLine)}…` : plain;
}

const longestLine = 300;
