/**
 * A command in the process of the test, for stories of many runs: what a front does besides (flags, colours, masks, the
 * runner's own words) is tested where it is, with processes.
 */
import type { Host } from '../../src/commands/host.ts';
import { runVerb } from '../../src/commands/run.ts';
import type { Given, OptionName, OwnVerb } from '../../src/options.ts';
import { fromVariables, optionRows, splitList } from '../../src/options.ts';
import { exitCodes, formatProblem, Problem, reasons } from '../../src/problem.ts';
import type { PipelineRun } from './github-pipeline.ts';

export interface HereOptions {
  readonly words: readonly string[];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly now?: Date;
}

/** `words` as on the command line, every option with its value behind it and by its long name. */
export async function runHere({ words, directory, env, now }: HereOptions): Promise<PipelineRun> {
  const [verb = '', ...rest] = words;
  const out: string[] = [];
  const err: string[] = [];
  const host: Host = {
    directory,
    env,
    given: givenBy(rest, env),
    print: (text) => void out.push(text),
    progress: (text) => void err.push(text),
    warn: (text) => void err.push(text),
    mask: () => undefined,
    masked: (text) => text,
    annotate: () => undefined,
    signal: new AbortController().signal,
    hurry: new AbortController().signal,
    summary: () => undefined,
    style: 'plain',
    now: () => now ?? new Date(),
  };
  let exitCode: number = exitCodes.error;
  try {
    const { reason } = await runVerb(verb as OwnVerb, host);
    const { exit } = reasons[reason];
    exitCode = exit === 'changes' ? exitCodes.done : exitCodes[exit];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    err.push(formatProblem(error));
    exitCode = exitCodes[reasons[error.reason].exit];
  }
  return { exitCode, stdout: out.join('\n'), stderr: err.join('\n') };
}

function givenBy(rest: readonly string[], env: Readonly<Record<string, string>>): Given {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (/^-[a-z]/.test(word)) throw new Error(`options have their long names here, not ${word}`);
    if (!word.startsWith('--')) words.push(word);
    else {
      const name = word.slice(2) as OptionName;
      const isSwitch = optionRows[name].type === 'switch';
      values.set(name, isSwitch ? 'true' : (rest[at + 1] ?? ''));
      if (!isSwitch) at += 1;
    }
  }
  const text = (name: OptionName): string | undefined => values.get(name) ?? fromVariables(name, env);
  return { text, list: (name) => splitList(text(name) ?? ''), on: (name) => text(name) === 'true', words };
}
