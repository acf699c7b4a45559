/**
 * The one way Git is run: through simple-git, with argument arrays and never a shell, in an environment that does not
 * depend on the machine. Rooms that keep things in Git build on this; it decides nothing about Pushgate.
 */
import { GitPluginError, simpleGit } from 'simple-git';
import { Problem } from '../problem.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface GitOptions {
  /** Folder to run in: the top of a work tree, or a bare repository. */
  readonly directory: string;
  /** The variables this process was started with; credentials and PATH come from there. */
  readonly variables: Variables;
  /** For one address, instead of what the repository's configuration may say of it. Never in the arguments. */
  readonly login?: Login | undefined;
  /** How long Git may be silent before it is stopped. */
  readonly silenceSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Login {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export interface Git {
  readonly directory: string;
  /** What Git wrote; throws `GitFailure` when it did not exit with 0. */
  readonly run: (args: readonly string[], input?: GitInput) => Promise<string>;
  /** As `run`, with the exit code as a value, for commands whose code is the answer. */
  readonly attempt: (args: readonly string[], input?: GitInput) => Promise<GitOutput>;
  /** The raw answer of `git cat-file --batch` to these requests, one object per line. */
  readonly catFile: (requests: string) => Promise<Uint8Array>;
}

export interface GitInput {
  readonly stdin?: string | Uint8Array;
  readonly variables?: Variables;
}

export interface GitOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Git said no. Callers who know what it means turn it into a Problem; unknown ones are shown as they are. */
export class GitFailure extends Error {
  readonly exitCode: number;
  readonly stderr: string;

  constructor(args: readonly string[], output: GitOutput) {
    super(`git ${args[0] ?? ''} ended with ${output.exitCode}: ${withoutCredentials(output.stderr.trim())}`);
    this.name = 'GitFailure';
    this.exitCode = output.exitCode;
    this.stderr = withoutCredentials(output.stderr);
  }
}

/**
 * Nothing of a repository may run a program here: hooks would run in the name of the pipeline, and tools such as husky
 * point `core.hooksPath` at files of the branch that is being looked at.
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.quotePath=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'gc.auto=0',
  'i18n.commitEncoding=UTF-8',
  'i18n.logOutputEncoding=UTF-8',
  'log.showSignature=false',
  'maintenance.auto=false',
  'push.followTags=false',
  'push.gpgSign=false',
  'push.recurseSubmodules=no',
];

const pinned: Variables = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  // A replace ref of the repository would make an object read as another one.
  GIT_NO_REPLACE_OBJECTS: '1',
  GCM_INTERACTIVE: 'never',
  // Failures of the network have no codes in Git, only texts: they must at least be the untranslated ones.
  LC_ALL: 'C',
  LANGUAGE: '',
};

/** Variables that would redirect Git to another repository, or make it print or run something else. */
const dropped =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|COMMON_DIR|CEILING_DIRECTORIES|TRACE.*|PAGER|EDITOR|SEQUENCE_EDITOR|EXTERNAL_DIFF|EXEC_PATH|TEMPLATE_DIR|PREFIX|CONFIG|CONFIG_SYSTEM|PROXY_COMMAND|(AUTHOR|COMMITTER)_.*)$|^(EDITOR|VISUAL|PAGER|PREFIX)$/i;

/**
 * What simple-git's guard is told to let through. All of it is said by us or by whoever started the run, none of it by
 * a repository: the hooks path above, and the ways in which a pipeline hands Git its credentials.
 */
const permitted = {
  allowUnsafeHooksPath: true,
  allowUnsafeSshCommand: true,
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeUrlRewrite: true,
} as const;

/** Runs nothing yet. Commands run without hooks, prompts or the user's settings that change what is read or written. */
export function openGit(options: GitOptions): Git {
  const base = withLogin(childVariables(options.variables), options.login);
  const config = [...settings, `safe.directory=${options.directory}`];

  async function execute<Answer extends string | Buffer>(
    args: readonly string[],
    input: GitInput,
    run: (git: ReturnType<typeof simpleGit>) => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly output: GitOutput }> {
    const variables = { ...base, ...input.variables };
    let output: GitOutput | undefined;
    const git = simpleGit({
      baseDir: options.directory,
      config,
      maxConcurrentProcesses: 1,
      timeout: { block: (options.silenceSeconds ?? 120) * 1000 },
      allowEnvironment: Object.keys(variables),
      unsafe: permitted,
      input: () => (input.stdin === undefined ? undefined : Buffer.from(input.stdin)),
      errors(error, result) {
        // The exit code is judged here, not by simple-git, for which silence on stderr means success.
        output = {
          exitCode: result.exitCode,
          stdout: result.exitCode === 0 ? '' : Buffer.concat(result.stdOut).toString('utf8'),
          stderr: Buffer.concat(result.stdErr).toString('utf8'),
        };
        return error instanceof GitPluginError ? error : undefined;
      },
      ...(options.signal === undefined ? {} : { abort: options.signal }),
    })
      .env(definedOnly(variables))
      .outputHandler((_command, stdout) => {
        // After the end of a program that said nothing simple-git waits for late words; an empty one spares that.
        process.nextTick(() => stdout.emit('data', Buffer.alloc(0)));
      });
    try {
      const answer = await run(git);
      if (output === undefined) throw new Error(`git ${args[0] ?? ''} ended without a result`);
      return { answer, output: { ...output, stdout: typeof answer === 'string' ? answer : '' } };
    } catch (error) {
      throw explained(error, args, options);
    }
  }

  async function attempt(args: readonly string[], input: GitInput = {}): Promise<GitOutput> {
    const { output } = await execute(args, input, (git) => git.raw([...args]));
    refuseWhatNoCallerExpects(output, options.directory);
    return output;
  }

  async function run(args: readonly string[], input: GitInput = {}): Promise<string> {
    const output = await attempt(args, input);
    if (output.exitCode !== 0) throw new GitFailure(args, output);
    return output.stdout;
  }

  async function catFile(requests: string): Promise<Uint8Array> {
    if (requests === '') return new Uint8Array();
    const args = ['cat-file', '--batch'];
    const { answer, output } = await execute(args, { stdin: requests }, (git) => git.binaryCatFile(['--batch']));
    if (output.exitCode !== 0) throw new GitFailure(args, output);
    const { buffer, byteOffset, byteLength } = answer as Buffer;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  return { directory: options.directory, run, attempt, catFile };
}

/** A remote's address as it may be shown: user names and passwords in it are left out. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, '$1');
}

function childVariables(variables: Variables): Variables {
  const kept = Object.entries(variables).filter(([name]) => !dropped.test(name));
  return { ...Object.fromEntries(kept), ...pinned };
}

/** Settings by variables: arguments can be read by every process of the machine. */
function withLogin(variables: Variables, login: Login | undefined): Variables {
  if (login === undefined || !/^https?:/i.test(login.url)) return variables;
  const key = `http.${login.url}.extraHeader`;
  const basic = Buffer.from(`${login.user}:${login.password}`).toString('base64');
  const count = Number(variables['GIT_CONFIG_COUNT'] ?? 0) || 0;
  return {
    ...variables,
    GIT_CONFIG_COUNT: String(count + 2),
    // The empty value forgets headers set before: forges refuse a request that has two of them.
    [`GIT_CONFIG_KEY_${count}`]: key,
    [`GIT_CONFIG_VALUE_${count}`]: '',
    [`GIT_CONFIG_KEY_${count + 1}`]: key,
    [`GIT_CONFIG_VALUE_${count + 1}`]: `Authorization: Basic ${basic}`,
  };
}

function definedOnly(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function explained(error: unknown, args: readonly string[], options: GitOptions): unknown {
  if (!(error instanceof GitPluginError)) return error;
  if (error.plugin === 'timeout') {
    return new Problem({
      reason: 'unreachable',
      message: `git ${args[0] ?? ''} said nothing for ${options.silenceSeconds ?? 120} seconds and was stopped`,
      hint: 'Is the remote reachable from here, and can it be reached without a question being asked?',
      cause: error,
    });
  }
  if (error.plugin === 'abort') {
    return new Problem({ reason: 'cancelled', message: `git ${args[0] ?? ''} was stopped`, cause: error });
  }
  return error;
}

function refuseWhatNoCallerExpects(output: GitOutput, directory: string): void {
  if (output.exitCode === 0) return;
  if (output.exitCode < 0 && output.stderr.includes('ENOENT')) {
    throw new Problem({
      reason: 'tool-missing',
      message: 'The program git was not found',
      hint: 'Install git 2.38 or newer and make sure that it is on the PATH.',
    });
  }
  if (output.stderr.includes('detected dubious ownership')) {
    throw new Problem({
      reason: 'forbidden',
      message: `Git does not trust ${directory}: the folder belongs to another user`,
      hint: `Run this once in the job: git config --global --add safe.directory ${directory}`,
    });
  }
}
