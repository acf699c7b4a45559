/** What `pushgate doctor` found, for people and for programs. */
import { paint, printable, type Style } from './terminal.ts';

export interface Finding {
  /** What was looked at: `git`, `token`, `production: login`. */
  readonly check: string;
  /** `error`: Pushgate cannot work, or refuses, as it is. `warning`: it works, with less safety than it could have. */
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  readonly text: string;
  /** How it is mended; nothing for what is well. */
  readonly mend: string | undefined;
}

const signs = { ok: '✔', note: '·', warning: '!', error: '✖' } as const;
const colours = { ok: 'green', note: 'grey', warning: 'yellow', error: 'red' } as const;

export function doctorText(findings: readonly Finding[], style: Style): string {
  const wide = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, text, mend }) => [
    `${paint(style, colours[level], signs[level])} ${printable(check).padEnd(wide)}  ${printable(text)}`,
    ...(mend === undefined ? [] : mend.split('\n').map((line) => `  ${' '.repeat(wide)}  → ${printable(line)}`)),
  ]);
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const parts = [
    ...(errors === 0 ? [] : [`${errors} ${errors === 1 ? 'thing keeps' : 'things keep'} Pushgate from working`]),
    ...(warnings === 0 ? [] : [`${warnings} could be better`]),
  ];
  return [...lines, '', parts.length === 0 ? 'All is well.' : `${parts.join(', ')}.`].join('\n');
}

export function doctorJson(findings: readonly Finding[]): string {
  const plain = findings.map(({ check, level, text, mend }) => ({ check, level, text, mend: mend ?? null }));
  return JSON.stringify({ schema: 'pushgate.dev/doctor/v1', findings: plain }, undefined, 2);
}
