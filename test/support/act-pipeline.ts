/**
 * Runs a repository's own workflow with act, on the machine itself and without containers: a fresh clone over HTTP, the
 * event's file, and a token with just the permissions that the job asks for.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { productInto, programsFolder } from './example-shop.ts';
import type { GitHubServer } from './github-server.ts';
import type { TokenFacts } from './github-state.ts';

export interface ActRun {
  readonly exitCode: number;
  readonly log: string;
  /** The checkout that the job ran in. */
  readonly checkout: string;
  readonly token: string;
}

export interface ActPipeline extends Disposable {
  /** The run that a pull request starts: on the merge result, as GitHub checks it out. */
  readonly onPull: (pull: number, job: string) => Promise<ActRun>;
  /** The run that a push starts at the tip of main, or at the commit of an older push when its job is retried. */
  readonly onPush: (job: string, options?: PushOptions) => Promise<ActRun>;
  /** The run that the clock starts, on main. */
  readonly onSchedule: (job: string) => Promise<ActRun>;
}

export interface PushOptions {
  readonly commit?: string;
  /** The job is cancelled as soon as its log says this. */
  readonly cancelAt?: RegExp;
}

const run = promisify(execFile);
const workflow = '.github/workflows/pushgate.yml';
/** As the example's workflow names the Action; act takes the folder in its place. */
const usedAction = 'pushgate/pushgate@v0.1.0';

interface Job {
  readonly job: string;
  readonly checkout: string;
  readonly token: string;
  readonly cancelAt?: RegExp;
}

/**
 * `envOf`: variables that the machine of a job has beside the runner's, such as KUBECONFIG. `actions`: folders that
 * stand for actions of others, by how the workflow names them.
 */
export async function actPipeline(
  server: GitHubServer,
  act: string,
  envOf: (job: string) => Readonly<Record<string, string>> = () => ({}),
  actions: Readonly<Record<string, string>> = {},
): Promise<ActPipeline> {
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-act-'));
  const product = join(folder, 'product');
  mkdirSync(product);
  await productInto(product);
  const { state } = server;
  let runs = 0;

  async function clone(token: string): Promise<string> {
    runs += 1;
    const checkout = join(folder, `run-${runs}`);
    await git('clone', '--quiet', server.gitUrl.replace('://', `://x-access-token:${token}@`), checkout);
    // `persist-credentials: false`: what the checkout step knew is gone when the Action runs.
    await git('-C', checkout, 'remote', 'set-url', 'origin', server.gitUrl);
    return checkout;
  }
  async function git(...args: readonly string[]): Promise<void> {
    const person = ['-c', 'user.name=GitHub', '-c', 'user.email=noreply@forge.test', '-c', 'advice.detachedHead=false'];
    await run('git', [...person, ...args], { env: { PATH: process.env['PATH'], HOME: folder } });
  }
  async function start(event: string, payload: object, { job, checkout, token, cancelAt }: Job): Promise<ActRun> {
    const eventPath = join(folder, `event-${runs}.json`);
    writeFileSync(eventPath, JSON.stringify({ repository: repositoryOf(server.project), ...payload }));
    const args = [
      event,
      ...['--job', job, '--workflows', workflow, '--eventpath', eventPath],
      ...['--platform', 'ubuntu-latest=-self-hosted', '--no-cache-server', '--action-offline-mode'],
      ...Object.entries({ [usedAction]: product, ...actions }).flatMap(([name, place]) => [
        '--local-repository',
        `${name}=${place}`,
      ]),
      ...['--env', `GITHUB_API_URL=${server.apiUrl}`, '--env', `GITHUB_SERVER_URL=${server.origin}`],
      ...['--env', `GITHUB_REPOSITORY=${server.project}`, '--secret', `GITHUB_TOKEN=${token}`],
      ...Object.entries(envOf(job)).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ];
    const env = {
      PATH: `${programsFolder}${delimiter}${process.env['PATH']}`,
      HOME: folder,
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    return new Promise((done, fail) => {
      const child = spawn(act, args, { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let log = '';
      function hear(chunk: Buffer): void {
        log += chunk.toString('utf8');
        if (cancelAt?.test(log) === true) child.kill('SIGINT');
      }
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('error', fail);
      child.on('close', (code) => done({ exitCode: code ?? -1, log, checkout, token }));
    });
  }

  async function onMain(event: string, payload: object, job: string, options: PushOptions = {}): Promise<ActRun> {
    const token = state.workflowToken(scopesOf(server, 'refs/heads/main', job));
    const checkout = await clone(token);
    if (options.commit !== undefined) await git('-C', checkout, 'reset', '--quiet', '--hard', options.commit);
    const { cancelAt } = options;
    return start(event, payload, { job, checkout, token, ...(cancelAt === undefined ? {} : { cancelAt }) });
  }

  return {
    onPull: async (number, job) => {
      const pull = state.pulls.get(number);
      if (pull === undefined) throw new Error(`there is no pull request ${number}`);
      const head = state.pulls.head(number);
      // GitHub gives a fork's pull request no more than reading.
      const scopes = scopesOf(server, `refs/heads/${pull.target}`, job);
      const token = state.workflowToken(pull.fork === undefined ? scopes : readOnly(scopes));
      const checkout = await clone(token);
      await git('-C', checkout, 'checkout', '--quiet', '--detach', `origin/${pull.target}`);
      await git('-C', checkout, 'fetch', '--quiet', server.gitUrl.replace('://', `://x:${token}@`), head);
      await git('-C', checkout, 'merge', '--quiet', '--no-ff', '--no-edit', head);
      const request = {
        number,
        title: pull.title,
        head: { sha: head, ref: pull.source, repo: repositoryOf(`${pull.fork ?? state.owner}/${state.name}`) },
        base: { ref: pull.target, sha: state.repository.resolve(pull.target), repo: repositoryOf(server.project) },
      };
      return start('pull_request', { action: 'synchronize', number, pull_request: request }, { job, checkout, token });
    },
    onPush: (job, options = {}) => {
      const after = options.commit ?? state.repository.resolve('refs/heads/main');
      return onMain('push', { ref: 'refs/heads/main', after }, job, options);
    },
    onSchedule: (job) => onMain('schedule', { schedule: '17 * * * *' }, job),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function repositoryOf(fullName: string): object {
  const [owner = '', name = ''] = fullName.split('/');
  return { full_name: fullName, name, owner: { login: owner } };
}

/** What the job's `permissions:` give its token; act itself gives out nothing. */
function scopesOf(server: GitHubServer, revision: string, job: string): TokenFacts['scopes'] {
  const text = server.state.repository.file(revision, workflow) ?? '';
  const { jobs } = parse(text) as { jobs: Record<string, { permissions?: Record<string, 'read' | 'write'> }> };
  const permissions = Object.entries(jobs[job]?.permissions ?? {});
  return Object.fromEntries(permissions.map(([name, level]) => [name.replaceAll('-', '_'), level]));
}

function readOnly(scopes: TokenFacts['scopes']): TokenFacts['scopes'] {
  return Object.fromEntries(Object.keys(scopes).map((name) => [name, 'read']));
}
