/** One release in a branch of rendered manifests, on a small GitLab; its jobs run in this process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PipelineRun } from './github-pipeline.ts';
import type { GitLabServer } from './gitlab-server.ts';
import { startGitLabServer } from './gitlab-server.ts';
import { personOf } from './proposals.ts';
import { runHere } from './run-here.ts';

type Files = Readonly<Record<string, string | null>>;

export interface GitLabShop extends AsyncDisposable {
  readonly server: GitLabServer;
  readonly propose: (files: Files) => number;
  readonly commit: (branch: string, files: Files) => void;
  readonly onRequest: (iid: number, words: readonly string[]) => Promise<PipelineRun>;
  /** A job of the branch, with variables of its own. */
  readonly onBranch: (
    words: readonly string[],
    options?: { readonly branch?: string; readonly commit?: string; readonly env?: Readonly<Record<string, string>> },
  ) => Promise<PipelineRun>;
  /** What the branch of rendered manifests has, '' before the first apply. */
  readonly deployed: () => string;
}

export async function openGitLabShop(files: Files): Promise<GitLabShop> {
  const server = await startGitLabServer();
  const { state } = server;
  const ann = state.addMember('ann', 30);
  state.addMember('rita', 40);
  state.addMember('project_42_bot_3f', 30);
  state.protectedBranches.push({ name: 'main', push: 40, codeOwners: false });
  const token = state.accessToken('project_42_bot_3f');
  state.repository.commit({ branch: 'main', files, message: 'The shop' });
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-gitlab-shop-'));
  let runs = 0;
  let branches = 0;

  async function run(
    commit: string,
    words: readonly string[],
    facts: Readonly<Record<string, string>>,
  ): Promise<PipelineRun> {
    runs += 1;
    const directory = join(folder, `run-${runs}`);
    const jobToken = state.jobToken('ann');
    execFileSync('git', ['clone', '--quiet', state.repository.path, directory], { stdio: 'pipe' });
    execFileSync('git', ['-C', directory, 'checkout', '--quiet', commit], { stdio: 'pipe' });
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GITLAB_CI: 'true',
      CI_API_V4_URL: server.apiUrl,
      CI_PROJECT_ID: String(state.projectId),
      CI_JOB_TOKEN: jobToken,
      CI_COMMIT_SHA: commit,
      GITLAB_USER_LOGIN: 'ann',
      PUSHGATE_TOKEN: token,
      ...facts,
    };
    return await runHere({ words, directory, env });
  }
  function commit(branch: string, changed: Files): void {
    const person = personOf(ann);
    const from = 'refs/heads/main';
    state.repository.commit({ branch, from, files: changed, message: 'A change', author: person, committer: person });
  }

  return {
    server,
    commit,
    propose: (changed) => {
      branches += 1;
      const source = `change-${branches}`;
      commit(source, changed);
      return state.openRequest({ author: 'ann', source }).number;
    },
    onRequest: (iid, words) => {
      const request = state.requests.get(iid);
      if (request === undefined) throw new Error(`there is no merge request ${iid}`);
      const project = String(state.projectId);
      return run(state.requests.head(iid), words, {
        CI_PIPELINE_SOURCE: 'merge_request_event',
        CI_COMMIT_REF_NAME: request.source,
        CI_COMMIT_REF_PROTECTED: 'false',
        CI_MERGE_REQUEST_IID: String(iid),
        CI_MERGE_REQUEST_PROJECT_ID: project,
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID: project,
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: request.source,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: request.target,
      });
    },
    onBranch: (words, { branch = 'main', commit: wanted, env = {} } = {}) =>
      run(wanted ?? state.repository.resolve(`refs/heads/${branch}`) ?? '', words, {
        CI_PIPELINE_SOURCE: 'push',
        CI_COMMIT_REF_NAME: branch,
        CI_COMMIT_BRANCH: branch,
        CI_COMMIT_REF_PROTECTED: String(state.protectedBranches.some((one) => one.name === branch)),
        ...env,
      }),
    deployed: () => {
      const ref = 'refs/heads/deploy/production';
      if (state.repository.resolve(ref) === undefined) return '';
      const names = state.repository.git('ls-tree', '-r', '--name-only', ref).split('\n');
      return names
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => state.repository.file(ref, name))
        .join('\n');
    },
    [Symbol.asyncDispose]: async () => {
      rmSync(folder, { recursive: true, force: true });
      state.repository[Symbol.dispose]();
      await server.close();
    },
  };
}
