/** The product as a process of its own: to be told to stop, to be killed, to be stopped and continued. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface CliProcess {
  readonly child: ChildProcess;
  /** Everything it has written so far, both streams as they came. */
  readonly output: () => string;
  /** Resolves when the output has this text; throws what was written when it ended without. */
  readonly said: (text: string) => Promise<void>;
  /** Waits for something else to happen; throws what was written when the process ended before. */
  readonly until: (moment: Promise<void>) => Promise<void>;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** `src/cli.ts`, or a built bundle. */
  readonly entry: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function startCli({ entry, words, cwd, env }: CliOptions): CliProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', resolve(entry), ...words], {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => {
      written[name] += chunk.toString();
      text += chunk.toString();
      for (const listener of listeners) listener();
    });
  const ended = new Promise<Ended>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done({ code, signal, ...written }));
  });
  const said = (wanted: string): Promise<void> =>
    new Promise((done, fail) => {
      const look = (): void => {
        if (!text.includes(wanted)) return;
        listeners.delete(look);
        done();
      };
      listeners.add(look);
      look();
      ended.then(() => fail(new Error(`it ended without "${wanted}":\n${text}`)), fail);
    });
  const until = (moment: Promise<void>): Promise<void> =>
    Promise.race([
      moment,
      ended.then(() => {
        throw new Error(`it ended before:\n${text}`);
      }),
    ]);
  return { child, output: () => text, said, until, ended };
}
