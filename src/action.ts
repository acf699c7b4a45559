/** The GitHub Action: reads its inputs and the runner's environment, calls one command, sets outputs and the summary. */
import { randomBytes } from 'node:crypto';
import * as core from '@actions/core';
import { listenForCancel } from './cancelling.ts';
import type { Host, Outcome } from './commands/host.ts';
import { runVerb } from './commands/run.ts';
import { logText } from './log-text.ts';
import { lookalikes, refuseWrongValue } from './option-values.ts';
import type { Given, OptionName, OwnVerb } from './options.ts';
import { actionVerbs, fromVariables, optionRows, splitList, variableOf } from './options.ts';
import { type Exit, exitCodes, formatProblem, Problem, reasons } from './problem.ts';

const summaries: Promise<unknown>[] = [];
const masks: string[] = [];

const cancellation = listenForCancel((text) => core.warning(text, { title: 'Pushgate' }));
process.exitCode = await main();
// What a cancelled run no longer waits for would keep the process.
if (cancellation.signal.aborted) process.exit();

async function main(): Promise<number> {
  let reason: Outcome['reason'] = 'internal';
  try {
    const verb = commandInput();
    const given = inputs(verb);
    const host = hostFor(given);
    for (const text of lookalikes(process.env)) host.warn(text);
    const outcome = await runVerb(verb, host);
    reason = outcome.reason;
    for (const [name, value] of Object.entries(outcome.outputs)) core.setOutput(name, value);
    const { exit, means } = reasons[reason];
    await Promise.all(summaries);
    const code = exit === 'changes' && !given.on('detailed-exitcode') ? exitCodes.done : codeOf(exit);
    if (code !== exitCodes.done) core.error(`${reason}: ${means}`, { title: 'Pushgate' });
    return code;
  } catch (error) {
    const problem = error instanceof Problem ? error : undefined;
    reason = problem?.reason ?? 'internal';
    core.setOutput('reason-code', reason);
    untrusted(
      problem === undefined
        ? error instanceof Error
          ? (error.stack ?? error.message)
          : String(error)
        : formatProblem(problem),
    );
    const [file = '', line] = (problem?.where ?? '').split(':');
    const place = file === '' ? {} : { file, ...(line === undefined ? {} : { startLine: Number(line) }) };
    core.error(printable(problem?.message ?? 'this is a fault in Pushgate, please report it'), {
      title: `Pushgate: ${reason}`,
      ...place,
    });
    return codeOf(reasons[reason].exit);
  }
}

function codeOf(exit: Exit): number {
  return (exit === 'interrupted' ? cancellation.exitCode() : undefined) ?? exitCodes[exit];
}

function commandInput(): OwnVerb {
  const command = core.getInput('command') || 'plan';
  const verb = actionVerbs.find((candidate) => candidate === command);
  if (verb !== undefined) return verb;
  throw new Problem({
    reason: 'usage',
    message: `input command: "${command}"`,
    hint: `It takes ${actionVerbs.join(', ')}.`,
  });
}

function inputs(verb: OwnVerb): Given {
  const text = (name: OptionName): string | undefined => {
    const row = optionRows[name];
    const value = row.fronts.includes('action') ? core.getInput(name) : '';
    if (!row.verbs.includes(verb)) return undefined;
    if (value === '') return checked(verb, name, fromVariables(name, process.env), variableOf(name));
    if (row.secret === true) core.setSecret(value);
    return checked(verb, name, row.type === 'switch' ? value.toLowerCase() : value, `input ${name}`);
  };
  for (const name of Object.keys(optionRows) as OptionName[]) text(name);
  return {
    text,
    list: (name) => splitList(text(name) ?? ''),
    on: (name) => text(name) === 'true',
    words: [],
  };
}

function checked(verb: OwnVerb, name: OptionName, value: string | undefined, source: string): string | undefined {
  if (value !== undefined) refuseWrongValue({ verb, name }, value, `${source}: "${value}"`);
  return value;
}

function hostFor(given: Given): Host {
  return {
    directory: process.cwd(),
    env: process.env,
    given,
    print: untrusted,
    progress: untrusted,
    warn: (text) => core.warning(printable(text), { title: 'Pushgate' }),
    mask: (secrets) => {
      masks.push(...secrets.filter((secret) => secret.length >= 4));
      for (const secret of secrets) {
        core.setSecret(secret);
        core.setSecret(Buffer.from(secret).toString('base64'));
      }
    },
    masked: (text) => masks.reduce((result, mask) => result.replaceAll(mask, '‹masked›'), text),
    // GitHub shows ten of a step and says how many more there are.
    annotate: ({ file, line, title, text }) => core.warning(printable(text), { file, startLine: line, title }),
    summary: (markdown) => {
      // The runner takes 1 MiB a step; the comment is far below that.
      core.summary.addRaw(markdown, true);
      summaries.push(core.summary.write());
    },
    style: 'plain',
    now: () => new Date(),
    signal: cancellation.signal,
    hurry: cancellation.hurry,
  };
}

/**
 * Prints text that charts, clusters and people wrote. The runner obeys `::command::` at the start of a line and
 * `##[command]` anywhere, so its ears are closed with a word that nobody can guess.
 */
function untrusted(text: string): void {
  const word = randomBytes(16).toString('hex');
  process.stdout.write(`::stop-commands::${word}\n${printable(text)}\n::${word}::\n`);
}

function printable(text: string): string {
  return logText(text, { style: 'plain', env: process.env });
}
