/** One release in one environment, a branch of rendered manifests unless said, on a small GitHub. */
import type { GitHubPipeline, PipelineRun } from './github-pipeline.ts';
import { githubPipeline } from './github-pipeline.ts';
import type { GitHubServer } from './github-server.ts';
import { startGitHubServer } from './github-server.ts';
import { personOf } from './proposals.ts';

type Files = Readonly<Record<string, string | null>>;

export const shopConfig = `version: 1
defaults: { namespace: shop }
releases:
  - { name: catalog, chart: catalog }
environments:
  production:
    manifests: { repository: ., branch: deploy/production, path: . }
    refs: [main]
`;

export function configMap(data: Readonly<Record<string, string>>, metadata = ''): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  return ['apiVersion: v1', 'kind: ConfigMap', `metadata: { name: catalog${metadata} }`, 'data:', ...lines, ''].join(
    '\n',
  );
}

export function service(port = 80): string {
  return `apiVersion: v1\nkind: Service\nmetadata: { name: catalog }\nspec: { ports: [{ port: ${port} }] }\n`;
}

/** A shop on a small GitHub, where ann and rita may write. */
export class Shop implements AsyncDisposable {
  readonly server: GitHubServer;
  readonly pipeline: GitHubPipeline;
  private branches = 0;

  constructor(server: GitHubServer, pipeline: GitHubPipeline) {
    this.server = server;
    this.pipeline = pipeline;
  }

  propose(files: Files, target = 'main'): number {
    this.branches += 1;
    const source = `change-${this.branches}`;
    this.commit(source, 'ann', files, `refs/heads/${target}`);
    return this.server.state.openPull({ author: 'ann', source, target }).number;
  }

  /** A commit on a branch, by the account. */
  commit(branch: string, login: string, files: Files, from?: string): string {
    const { state } = this.server;
    const account = state.accounts.get(login)?.account;
    if (account === undefined) throw new Error(`there is no ${login}`);
    const person = personOf(account);
    const start = from === undefined ? {} : { from };
    return state.repository.commit({ branch, files, message: 'A change', author: person, committer: person, ...start });
  }

  push(files: Files): void {
    this.server.state.repository.commit({ branch: 'main', files, message: 'Straight to main' });
  }

  plan(pull: number, env: Record<string, string> = {}): Promise<PipelineRun> {
    return this.pipeline.onPull(pull, { words: ['plan'], env });
  }

  apply(env: Record<string, string> = {}): Promise<PipelineRun> {
    return this.pipeline.onPush('main', { words: ['apply'], env });
  }

  async approved(files: Files, env: Record<string, string> = {}): Promise<number> {
    const pull = this.propose(files);
    await this.plan(pull, env);
    this.server.state.review(pull, 'rita', 'APPROVED');
    this.server.state.merge(pull, 'ann');
    return pull;
  }

  comment(pull: number): string {
    return this.server.state.comments.find(({ number, account }) => number === pull && account.bot)?.body ?? '';
  }

  deployed(): string {
    const { repository } = this.server.state;
    if (repository.resolve('refs/heads/deploy/production') === undefined) return '';
    const names = repository.git('ls-tree', '-r', '--name-only', 'deploy/production').split('\n');
    return names
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => repository.file('refs/heads/deploy/production', name))
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pipeline[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

type Rights = Parameters<GitHubServer['state']['workflowToken']>[0];

export interface StartOptions {
  readonly config?: string;
  /** Of the pipeline's token, beside or in place of writing contents and merge requests. */
  readonly rights?: Rights | undefined;
  readonly runs?: 'processes' | 'here';
}

/** A shop with its configuration and these files on the main branch; nothing of it is applied. */
export async function startShop(
  files: Files,
  { config, rights, runs = 'processes' }: StartOptions = {},
): Promise<Shop> {
  const server = await startGitHubServer();
  for (const login of ['ann', 'rita']) server.state.addUser(login, 'write');
  const token = server.state.workflowToken({ contents: 'write', pull_requests: 'write', ...rights });
  const shop = new Shop(server, githubPipeline(server, token, { runs }));
  shop.push({ 'pushgate.yaml': config ?? shopConfig, ...files });
  return shop;
}

export interface ShopOptions {
  readonly env?: Record<string, string>;
  readonly runs?: 'processes' | 'here';
}

/** A shop whose first state is applied, by rita's approval of ann's merge request. */
export async function openShop(files: Files, { env = {}, runs = 'here' }: ShopOptions = {}): Promise<Shop> {
  await using opening = new AsyncDisposableStack();
  const shop = opening.use(await startShop(files, { rights: { members: 'read' }, runs }));
  await shop.approved({ 'README.md': 'The shop' }, env);
  const { exitCode, stdout, stderr } = await shop.apply(env);
  if (exitCode !== 0 || !stdout.includes('1 created')) throw new Error(`the shop did not open:\n${stdout}\n${stderr}`);
  opening.move();
  return shop;
}
