/**
 * Runs a repository's own `.gitlab-ci.yml` with gitlab-ci-local, in shells of this machine: a fresh clone with the job's
 * token, GitLab's variables, and the include served over HTTP as an `include: remote` is.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { productInto, programsFolder } from './example-shop.ts';
import type { GitLabServer } from './gitlab-server.ts';

export interface GitLabRun {
  readonly exitCode: number;
  readonly log: string;
  readonly checkout: string;
}

export interface GitLabRunOptions {
  /** Member who started the pipeline. */
  readonly by: string;
  /** The project's own CI/CD variables, such as PUSHGATE_TOKEN. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A child pipeline to run in whole, in place of a job of the project's own file. */
  readonly child?: string;
  /** The commit of an older push, whose job is retried. */
  readonly commit?: string;
  /** The job is cancelled as soon as its log says this. */
  readonly cancelAt?: RegExp;
}

export interface GitLabPipeline extends AsyncDisposable {
  /** Address of the template, for `include: remote`. */
  readonly template: string;
  /** The same of the template for large fleets. */
  readonly fleetTemplate: string;
  /** Path of the package that the template's jobs unpack. */
  readonly package: string;
  readonly onRequest: (iid: number, job: string, options: GitLabRunOptions) => Promise<GitLabRun>;
  readonly onBranch: (branch: string, job: string, options: GitLabRunOptions) => Promise<GitLabRun>;
  /** The pipeline of a schedule on main. */
  readonly onSchedule: (job: string, options: GitLabRunOptions) => Promise<GitLabRun>;
}

/** The example's `.gitlab-ci.yml` with its include led to the template and the package that are served here. */
export function includeOf(pipeline: Pick<GitLabPipeline, 'template' | 'package'>, ciFile: string): string {
  const include = ciFile.replace(
    / {2}- project: .*\n {4}ref: .*\n {4}file: .*\n/,
    `  - remote: ${pipeline.template}\n`,
  );
  const inputs = `    inputs:\n      package: ${pipeline.package}\n`;
  return include.includes('    inputs:\n') ? include.replace('    inputs:\n', inputs) : `${include}${inputs}`;
}

const run = promisify(execFile);
const childFile = 'child-pipeline.yml';
const program = join(programsFolder, '../gitlab-ci-local/dist/index.js');

export async function gitlabPipeline(server: GitLabServer): Promise<GitLabPipeline> {
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-gitlab-'));
  const { state } = server;
  const product = join(folder, 'product');
  mkdirSync(product);
  await productInto(product);
  const path = `${programsFolder}${delimiter}${process.env['PATH']}`;
  const environment = { PATH: path, HOME: folder };
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: product,
    env: environment,
  });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const templates = await serveTemplates(product);
  const origin = `http://127.0.0.1:${(templates.address() as AddressInfo).port}`;
  let runs = 0;

  async function start(
    revision: string,
    job: string,
    facts: Readonly<Record<string, string>>,
    options: GitLabRunOptions,
  ): Promise<GitLabRun> {
    runs += 1;
    const checkout = join(folder, `run-${runs}`);
    const jobToken = state.jobToken(options.by);
    // A runner's clone carries the job's token in the address of its origin.
    await run('git', ['clone', '--quiet', server.gitUrl.replace('://', `://gitlab-ci-token:${jobToken}@`), checkout]);
    await run('git', ['-C', checkout, 'checkout', '--quiet', '-B', facts['CI_COMMIT_REF_NAME'] ?? 'main', revision]);
    const variables = {
      GITLAB_CI: 'true',
      CI_API_V4_URL: server.apiUrl,
      CI_SERVER_URL: server.origin,
      CI_PROJECT_ID: String(state.projectId),
      CI_JOB_TOKEN: jobToken,
      CI_COMMIT_SHA: revision,
      GITLAB_USER_LOGIN: options.by,
      ...facts,
      ...options.variables,
    };
    const assignments = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
    if (options.child !== undefined) writeFileSync(join(checkout, childFile), options.child);
    const what = options.child === undefined ? [job] : ['--file', childFile];
    const args = [program, '--force-shell-executor', '--home', folder, ...assignments, ...what];
    return new Promise((done, fail) => {
      const child = spawn(join(programsFolder, 'node'), args, {
        cwd: checkout,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let log = '';
      function hear(chunk: Buffer): void {
        log += chunk.toString('utf8');
        if (options.cancelAt?.test(log) === true) child.kill('SIGTERM');
      }
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('error', fail);
      child.on('close', (code) => done({ exitCode: code ?? -1, log, checkout }));
    });
  }

  function onBranch(source: string, branch: string, job: string, options: GitLabRunOptions): Promise<GitLabRun> {
    const commit = options.commit ?? state.repository.resolve(`refs/heads/${branch}`) ?? '';
    const facts = {
      CI_PIPELINE_SOURCE: source,
      CI_COMMIT_REF_NAME: branch,
      CI_COMMIT_BRANCH: branch,
      CI_DEFAULT_BRANCH: 'main',
      CI_COMMIT_REF_PROTECTED: String(state.protectedBranches.some((one) => one.name === branch)),
    };
    return start(commit, job, facts, options);
  }

  return {
    template: `${origin}/.gitlab-ci-template.yml`,
    fleetTemplate: `${origin}/templates/pushgate-fleet.yml`,
    package: join(folder, archive),
    onRequest: (iid, job, options) => {
      const request = state.requests.get(iid);
      if (request === undefined) throw new Error(`there is no merge request ${iid}`);
      const project = String(state.projectId);
      const facts = {
        CI_PIPELINE_SOURCE: 'merge_request_event',
        CI_COMMIT_REF_NAME: request.source,
        CI_COMMIT_REF_PROTECTED: 'false',
        CI_MERGE_REQUEST_IID: String(iid),
        CI_MERGE_REQUEST_PROJECT_ID: project,
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID: request.fork === undefined ? project : '77',
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: request.source,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: request.target,
      };
      return start(state.requests.head(iid), job, facts, options);
    },
    onBranch: (branch, job, options) => onBranch('push', branch, job, options),
    onSchedule: (job, options) => onBranch('schedule', 'main', job, options),
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => templates.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serveTemplates(product: string): Promise<Server> {
  const server = createServer((request, response) => {
    response.end(readFileSync(join(product, new URL(request.url ?? '', 'http://host').pathname)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
