#!/usr/bin/env node
/** The command line: reads argv and the environment, calls one command, exits with its code. */
import { homedir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { type Cancellation, listenForCancel } from './cancelling.ts';
import { helpText } from './cli-help.ts';
import { readWords, unknownVerb } from './command-words.ts';
import type { Host, Outcome } from './commands/host.ts';
import { runVerb } from './commands/run.ts';
import { keepCompiledCode } from './compiled-code.ts';
import { logText } from './log-text.ts';
import { nodeProblem } from './node-version.ts';
import { lookalikes, refuseWrongValue } from './option-values.ts';
import type { Given, OptionName, OwnVerb, PassThrough, Verb } from './options.ts';
import { fromVariables, optionRows, passThrough, splitList, variableOf, verbs, wordsOf } from './options.ts';
import { type Exit, exitCodes, formatProblem, Problem, reasons } from './problem.ts';
import { standard } from './standard-output.ts';
import { version } from './version.ts';

keepCompiledCode(process.env);
let cancellation: Cancellation | undefined;
process.exitCode = await main(process.argv.slice(2));
// What a cancelled run no longer waits for would keep the process.
if (cancellation?.signal.aborted === true) process.exit();

async function main(argv: readonly string[]): Promise<number> {
  const masks: string[] = [];
  try {
    const tooOld = nodeProblem(process.versions.node);
    if (tooOld !== undefined) throw tooOld;
    const [verb, ...rest] = argv;
    if (verb === undefined || verb === 'help' || verb === '--help' || verb === '-h') {
      const [about] = rest;
      if (verb === 'help' && about !== undefined && !isVerb(about)) throw unknownVerb(about);
      process.stdout.write(helpText(isVerb(about) ? about : undefined));
      return verb === undefined ? exitCodes.error : exitCodes.done;
    }
    if (verb === '--version' || verb === 'version') {
      process.stdout.write(`${version}\n`);
      return exitCodes.done;
    }
    if (!isVerb(verb)) throw unknownVerb(verb);
    if (rest.some((word) => word === '--help' || word === '-h')) {
      process.stdout.write(helpText(verb));
      return exitCodes.done;
    }
    if (isPassThrough(verb)) return await passOn(verb, rest);
    const given = parse(verb, rest);
    cancellation = listenForCancel((text) => process.stderr.write(`! ${text}\n`));
    const host = hostFor(given, masks, cancellation);
    for (const text of lookalikes(process.env)) host.warn(text);
    const outcome = await runVerb(verb, host);
    return exitOf(outcome, given.on('detailed-exitcode'));
  } catch (error) {
    if (error instanceof Problem) {
      process.stderr.write(`${inLog(formatProblem(error), masks)}\n`);
      return codeOf(reasons[error.reason].exit);
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`✖ internal: this is a fault in Pushgate, please report it\n${inLog(stack, masks)}\n`);
    return exitCodes.error;
  }
}

function exitOf(outcome: Outcome, detailed: boolean): number {
  const { exit } = reasons[outcome.reason];
  return exit === 'changes' && !detailed ? exitCodes.done : codeOf(exit);
}

function codeOf(exit: Exit): number {
  return (exit === 'interrupted' ? cancellation?.exitCode() : undefined) ?? exitCodes[exit];
}

function isVerb(word: string | undefined): word is Verb {
  return word !== undefined && Object.hasOwn(verbs, word);
}

function isPassThrough(verb: Verb): verb is PassThrough {
  return passThrough.some((known) => known === verb);
}

/** Output of these verbs is Helm's own, byte for byte, and so are their exit codes. */
async function passOn(verb: PassThrough, words: readonly string[]): Promise<number> {
  const { runPassThrough } = await import('./commands/pass-through.ts');
  return await runPassThrough(
    verb,
    words,
    {
      directory: process.cwd(),
      namespace: process.env['HELM_NAMESPACE'],
      kubeconfig: {
        kubeconfig: process.env['KUBECONFIG'],
        context: process.env['HELM_KUBECONTEXT'],
        home: homedir(),
      },
      readInput: () => buffer(process.stdin),
    },
    { out: standard(1).write, err: standard(2).write },
  );
}

function parse(verb: OwnVerb, args: readonly string[]): Given {
  const { values, words } = readWords(verb, args);
  refuseSurplus(verb, words);
  const ofVerb = (name: OptionName): boolean => optionRows[name].verbs.includes(verb);
  const text = (name: OptionName): string | undefined => values.get(name)?.at(-1) ?? fromVariables(name, process.env);
  for (const name of (Object.keys(optionRows) as OptionName[]).filter(ofVerb)) {
    const typed = values.get(name)?.at(-1);
    const value = text(name);
    if (value !== undefined)
      refuseWrongValue(
        { verb, name },
        value,
        typed === undefined ? `${variableOf(name)}=${value}` : `--${name} ${value}`,
      );
  }
  return {
    text,
    list: (name) => (values.get(name) ?? [text(name) ?? '']).flatMap(splitList),
    on: (name) => ofVerb(name) && text(name) === 'true',
    words,
  };
}

/** A word that nobody reads would let a verb act on more than was meant: `apply web` is not `apply --release web`. */
function refuseSurplus(verb: OwnVerb, words: readonly string[]): void {
  const taken = wordsOf[verb];
  const surplus = words[taken?.most ?? 0];
  if (surplus === undefined) return;
  throw new Problem({
    reason: 'usage',
    message: `${verb} takes ${taken === undefined ? 'no argument' : `one ${taken.what}`}, but "${surplus}" is there`,
    hint: `${optionRows.release.verbs.includes(verb) ? `Releases are chosen by --release ${surplus}. ` : ''}pushgate ${verb} --help says more.`,
  });
}

function hostFor(given: Given, masks: string[], { signal, hurry }: Cancellation): Host {
  const isTerminal = process.stderr.isTTY === true;
  const colour =
    process.env['FORCE_COLOR'] !== undefined ||
    (process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined);
  const style = colour ? 'colour' : 'plain';
  let line = '';
  const clear = (): void => {
    if (line !== '') process.stderr.write('\r\u001b[K');
    line = '';
  };
  return {
    directory: process.cwd(),
    env: process.env,
    given,
    print: (text) => {
      clear();
      process.stdout.write(`${inLog(text, masks, style)}\n`);
    },
    progress: (text) => {
      if (isTerminal) {
        clear();
        line = inLog(text, masks)
          .replaceAll('\n', ' ')
          .slice(0, (process.stderr.columns ?? 80) - 1);
        process.stderr.write(line);
      } else if (text !== '') process.stderr.write(`${inLog(text, masks)}\n`);
    },
    warn: (text) => {
      clear();
      // A problem has a mark of its own.
      process.stderr.write(`${text.startsWith('✖') ? '' : '! '}${inLog(text, masks)}\n`);
    },
    mask: (secrets) => masks.push(...secrets.filter((secret) => secret.length >= 4)),
    masked: (text) => hide(text, masks),
    annotate: () => undefined,
    summary: () => undefined,
    style,
    now: () => new Date(),
    signal,
    hurry,
  };
}

/** A last net below the masking that the plan does: values the run knows to be secret never leave in plain form. */
function hide(text: string, masks: readonly string[]): string {
  return masks.reduce((result, mask) => result.replaceAll(mask, '‹masked›'), text);
}

function inLog(text: string, masks: readonly string[], style: Host['style'] = 'plain'): string {
  return logText(hide(text, masks), { style, env: process.env });
}
