/** What every demo needs: a small forge on loopback with a real repository, jobs as a pipeline runs them, a voice. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paint } from '../src/report/terminal.ts';
import { createGitRepository, type GitRepository } from '../test/support/git-repository.ts';
import { githubPipeline, type PipelineRun } from '../test/support/github-pipeline.ts';
import { startGitHubServer } from '../test/support/github-server.ts';

export interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly repository: GitRepository;
  /** A sentence of the narrator. */
  readonly tell: (text: string) => void;
  /** What happens next. */
  readonly say: (text: string) => void;
  readonly show: (text: string, exitCode?: number) => void;
  /** Ann opens a merge request, and its plan job runs. */
  readonly propose: (title: string, files: Readonly<Record<string, string>>) => Promise<number>;
  readonly approve: (pull: number) => void;
  readonly merge: (pull: number) => void;
  /** The comment on a merge request, as a terminal can show it. */
  readonly commentOn: (pull: number) => string;
  /** Runs a command as the job on main does. */
  readonly run: (words: readonly string[]) => Promise<PipelineRun>;
  /** The apply job, told and shown; `releases` leaves out its lines about single objects. */
  readonly apply: (text: string, detail?: 'objects' | 'releases') => Promise<void>;
  /** A file of main with a text replaced. */
  readonly edited: (path: string, from: string, to: string) => Record<string, string>;
}

export interface StageOptions {
  /** Files of the repository's first commit. */
  readonly files: Readonly<Record<string, string>>;
  /** Variables of the jobs beside those of the pipeline. */
  readonly env: Readonly<Record<string, string>>;
}

export async function openStage({ files, env }: StageOptions): Promise<Stage> {
  const style = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined ? 'colour' : 'plain';
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-demo-'));
  const repository = createGitRepository({ path: join(folder, 'shop.git') });
  const server = await startGitHubServer({ repository });
  const { state } = server;
  for (const login of ['ann', 'rita', 'omar']) state.addUser(login, 'write');
  const token = state.workflowToken({ contents: 'write', pull_requests: 'write', issues: 'write' });
  const pipeline = githubPipeline(server, token);
  repository.commit({ branch: 'main', files, message: 'The shop' });

  const say = (text: string): void => console.log(`\n${paint(style, 'bold', text)}\n`);
  const show = (text: string, exitCode?: number): void => {
    for (const line of text.trimEnd().split('\n')) console.log(`  ${paint(style, 'grey', '│')} ${line}`);
    if (exitCode !== undefined) console.log(`  ${paint(style, 'grey', `└ exit ${exitCode}`)}`);
  };
  const run = (words: readonly string[]): Promise<PipelineRun> => pipeline.onPush('main', { words, env });
  return {
    folder,
    repository,
    tell: (text) => console.log(paint(style, 'grey', text)),
    say,
    show,
    run,
    async propose(title, changed) {
      const source = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      repository.commit({ branch: source, from: 'refs/heads/main', files: changed, message: title });
      const { number } = state.openPull({ author: 'ann', source, title });
      const planned = await pipeline.onPull(number, { words: ['plan'], env });
      if (planned.exitCode !== 0)
        throw new Error(`the plan of "${title}" ended with ${planned.exitCode}\n${planned.stdout}\n${planned.stderr}`);
      return number;
    },
    approve: (pull) => {
      state.review(pull, 'rita', 'APPROVED');
    },
    merge: (pull) => {
      state.merge(pull, 'ann');
    },
    commentOn: (pull) =>
      withoutHtml(state.comments.find(({ number, account }) => number === pull && account.bot)?.body ?? ''),
    async apply(text, detail = 'objects') {
      say(text);
      const { stdout, stderr, exitCode } = await run(['apply']);
      const lines = (stdout === '' ? stderr : stdout).split('\n');
      show(lines.filter((line) => detail === 'objects' || !line.startsWith('      ')).join('\n'), exitCode);
    },
    edited(path, from, to) {
      const text = repository.file('refs/heads/main', path) ?? '';
      if (!text.includes(from)) throw new Error(`${path} does not contain "${from}"`);
      return { [path]: text.replace(from, to) };
    },
    async [Symbol.asyncDispose]() {
      pipeline[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Forges show these as blocks to unfold, code and small print. */
function withoutHtml(body: string): string {
  return body
    .replace(/<!--[\s\S]*?-->\n*/g, '')
    .replace(/<details><summary>(.*?)<\/summary>/g, '▸ $1')
    .replace(/<\/?(details|sub|code)>/g, '')
    .replace(/\n{3,}/g, '\n\n');
}
