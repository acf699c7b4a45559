/**
 * Runs Pushgate as GitHub Actions would: a fresh clone of the forge's repository at the commit of the event, the
 * runner's variables, the event's file. The command is started as users start it, as a process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliProcess, startCli } from './cli-process.ts';
import type { GitHubServer } from './github-server.ts';
import type { StoredComment } from './github-state.ts';
import { runHere } from './run-here.ts';

export interface PipelineRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PipelineOptions {
  /** Words of the command line after `pushgate`. */
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What runs: the sources, or a built bundle. */
  readonly entry?: string;
  /** Gets the process, to end it as a runner does. */
  readonly started?: (run: CliProcess) => void;
}

export interface GitHubPipeline extends Disposable {
  /** The run that `on: pull_request` starts for the pull request as it is now, or as it was when a job is retried. */
  readonly onPull: (pull: number, options: PipelineOptions & { readonly head?: string }) => Promise<PipelineRun>;
  /** The run that `on: issue_comment` starts for a comment: always with the workflow and the tip of the default branch. */
  readonly onComment: (
    comment: StoredComment,
    options: PipelineOptions & { readonly action?: string },
  ) => Promise<PipelineRun>;
  /** The run that `on: push` starts for the tip of a branch, or for an older commit when a job is retried. */
  readonly onPush: (
    branch: string,
    options: PipelineOptions & { readonly commit?: string; readonly before?: string },
  ) => Promise<PipelineRun>;
}

const entryOfSources = 'src/cli.ts';

/** `runs` in processes, as users start it, or in this one, which is quicker (`runHere`). */
export function githubPipeline(
  server: GitHubServer,
  token: string,
  how: { readonly runs: 'processes' | 'here' } = { runs: 'processes' },
): GitHubPipeline {
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-pipeline-'));
  const { repository, pulls } = server.state;
  let runs = 0;

  async function run(
    options: PipelineOptions,
    event: {
      readonly commit: string;
      readonly name: string;
      readonly payload: unknown;
      readonly env: Record<string, string>;
    },
  ): Promise<PipelineRun> {
    runs += 1;
    const checkout = join(folder, `run-${runs}`);
    execFileSync('git', ['clone', '--quiet', repository.path, checkout], { stdio: 'pipe' });
    execFileSync('git', ['-c', 'advice.detachedHead=false', 'checkout', '--quiet', event.commit], {
      cwd: checkout,
      stdio: 'pipe',
    });
    const eventPath = join(folder, `event-${runs}.json`);
    writeFileSync(eventPath, JSON.stringify(event.payload));
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: server.apiUrl,
      GITHUB_REPOSITORY: server.project,
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: eventPath,
      GITHUB_SHA: event.commit,
      GITHUB_RUN_ID: String(8000 + runs),
      GITHUB_TOKEN: token,
      ...event.env,
      ...options.env,
    };
    if (how.runs === 'here') return await runHere({ words: options.words, directory: checkout, env });
    return await start(options, checkout, env);
  }

  return {
    onPull: (number, options) => {
      const pull = pulls.get(number);
      if (pull === undefined) throw new Error(`there is no pull request ${number}`);
      const repo = { full_name: server.project };
      const head = options.head ?? pulls.head(number);
      return run(options, {
        commit: head,
        name: 'pull_request',
        payload: {
          pull_request: {
            number,
            head: { sha: head, ref: pull.source, repo },
            base: { ref: pull.target, repo },
          },
        },
        env: { GITHUB_REF_NAME: `${number}/merge` },
      });
    },
    onComment: (comment, options) => {
      const { id, body, account, number } = comment;
      const user = { id: account.id, login: account.login, type: account.bot ? 'Bot' : 'User' };
      const issue = { number, ...(pulls.get(number) === undefined ? {} : { pull_request: {} }) };
      return run(options, {
        commit: repository.resolve('refs/heads/main') ?? '',
        name: 'issue_comment',
        payload: { action: options.action ?? 'created', issue, comment: { id, body, user } },
        env: { GITHUB_REF_NAME: 'main', GITHUB_ACTOR: account.login },
      });
    },
    onPush: (branch, options) => {
      const commit = options.commit ?? repository.resolve(`refs/heads/${branch}`);
      if (commit === undefined) throw new Error(`there is no branch ${branch}`);
      return run(options, {
        commit,
        name: 'push',
        payload: options.before === undefined ? {} : { before: options.before },
        env: { GITHUB_REF_NAME: branch },
      });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function start(
  { entry = entryOfSources, words, started }: PipelineOptions,
  cwd: string,
  env: Record<string, string>,
): Promise<PipelineRun> {
  const run = startCli({ entry, words, cwd, env });
  started?.(run);
  const { code, stdout, stderr } = await run.ended;
  return { exitCode: code ?? -1, stdout, stderr };
}
