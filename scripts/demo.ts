/**
 * `npm run demo`: the story of Pushgate in under a minute, in a temporary repository, with nothing but Node and Git.
 * The forge is a small GitHub on loopback; the repository, the commits and the commands are real.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paint } from '../src/report/terminal.ts';
import { createGitRepository } from '../test/support/git-repository.ts';
import { githubPipeline } from '../test/support/github-pipeline.ts';
import { startGitHubServer } from '../test/support/github-server.ts';

const started = Date.now();
const style = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined ? 'colour' : 'plain';
const folder = mkdtempSync(join(tmpdir(), 'pushgate-demo-'));
const repository = createGitRepository({ path: join(folder, 'shop.git') });
await using server = await startGitHubServer({ repository });
const { state } = server;
for (const login of ['ann', 'rita', 'omar']) state.addUser(login, 'write');
using pipeline = githubPipeline(
  server,
  state.workflowToken({ contents: 'write', pull_requests: 'write', issues: 'write' }),
);

const example = 'examples/mygoodies';
const values = 'values/catalog.yaml';

tell('A shop in microservices stands in a Git repository, with two environments: staging and production.');
tell('Each is a branch of rendered manifests. Ann opens merge requests, Rita reviews, Omar has his own ways.');
repository.commit({ branch: 'main', files: filesOf(example), message: 'The shop' });
const opening = await propose('Deploy the shop', { 'README.md': '# The shop\n' });
state.review(opening, 'rita', 'APPROVED');
state.merge(opening, 'ann');
await push('Its first merge request was shown, approved and merged. The job on main applies it:', 'releases');

const replicas = await propose('Two replicas are enough', edited(values, 'replicaCount: 3', 'replicaCount: 2'));
say(`Ann changes 3 replicas to 2. This is the comment on her merge request:`);
show(commentOn(replicas));

state.merge(replicas, 'ann');
await push('Nobody has approved it, and Ann merges it all the same. The job on main refuses:');

state.review(replicas, 'rita', 'APPROVED');
await push('Rita looks at the comment and approves. The same job, run again, applies exactly what she saw:');

const edit = deployedFile('catalog', /deployment/i);
repository.commit({
  branch: 'deploy/production',
  files: {
    [edit]: (repository.file('refs/heads/deploy/production', edit) ?? '').replace('replicas: 2', 'replicas: 5'),
  },
  message: 'Quick fix, back soon',
  author: { name: 'Omar', email: 'omar@mygoodies.example' },
});
say('Omar edits the deployed branch by hand. The scheduled job finds it, and knows who and when:');
const drift = await pipeline.onPush('main', { words: ['drift', '--environment', 'production', '--detailed-exitcode'] });
show(drift.stdout, drift.exitCode);

const first = await propose('A newer catalog', edited(values, 'tag: 1.12.8', 'tag: 1.13.0'));
const second = await propose('nginx 1.25', edited('infra/nginx-deployment.yaml', 'nginx:1.14.2', 'nginx:1.25.5'));
for (const pull of [first, second]) state.review(pull, 'rita', 'APPROVED');
state.merge(first, 'ann');
state.merge(second, 'ann');
await push('Two approved merge requests are merged within a minute. One job applies both:');

tell(`That was ${Math.round((Date.now() - started) / 1000)} seconds. The repository is yours to look at:`);
const clone = join(folder, 'shop');
execFileSync('git', ['clone', '--quiet', repository.path, clone], { stdio: 'pipe' });
console.log(`
  cd ${clone}
  git log --oneline origin/deploy/production
  ${process.execPath} ${join(process.cwd(), 'src/cli.ts')} plan --lines

Next: docs/getting-started.md puts it into your own repository.`);

function tell(text: string): void {
  console.log(paint(style, 'grey', text));
}

function say(text: string): void {
  console.log(`\n${paint(style, 'bold', text)}\n`);
}

function show(text: string, exitCode?: number): void {
  for (const line of text.trimEnd().split('\n')) console.log(`  ${paint(style, 'grey', '│')} ${line}`);
  if (exitCode !== undefined) console.log(`  ${paint(style, 'grey', `└ exit ${exitCode}`)}`);
}

/** Opens a merge request by Ann and runs its plan job. */
async function propose(title: string, files: Record<string, string>): Promise<number> {
  const source = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  repository.commit({ branch: source, from: 'refs/heads/main', files, message: title });
  const { number } = state.openPull({ author: 'ann', source, title });
  const run = await pipeline.onPull(number, { words: ['plan'] });
  if (run.exitCode !== 0)
    throw new Error(`the plan of "${title}" ended with ${run.exitCode}\n${run.stdout}\n${run.stderr}`);
  return number;
}

/** Runs the apply job of main; `releases` leaves out its lines about single objects. */
async function push(text: string, detail: 'objects' | 'releases' = 'objects'): Promise<void> {
  say(text);
  const run = await pipeline.onPush('main', { words: ['apply'] });
  const lines = (run.stdout === '' ? run.stderr : run.stdout).split('\n');
  show(lines.filter((line) => detail === 'objects' || !line.startsWith('      ')).join('\n'), run.exitCode);
}

function commentOn(pull: number): string {
  const body = state.comments.find(({ number, account }) => number === pull && account.bot)?.body ?? '';
  // A terminal knows no HTML; forges show these as blocks to unfold, code and small print.
  return body
    .replace(/<!--[\s\S]*?-->\n*/g, '')
    .replace(/<details><summary>(.*?)<\/summary>/g, '▸ $1')
    .replace(/<\/?(details|sub|code)>/g, '')
    .replace(/\n{3,}/g, '\n\n');
}

function edited(path: string, from: string, to: string): Record<string, string> {
  const text = repository.file('refs/heads/main', path) ?? '';
  if (!text.includes(from)) throw new Error(`${path} does not contain "${from}"`);
  return { [path]: text.replace(from, to) };
}

function deployedFile(release: string, name: RegExp): string {
  const files = repository.git('ls-tree', '-r', '--name-only', 'refs/heads/deploy/production').split('\n');
  const found = files.find((file) => file.includes(`${release}/`) && name.test(file));
  if (found === undefined) throw new Error(`nothing like ${name} is deployed in ${release}`);
  return found;
}

/** The example without its kustomization: that needs a program which may not be there, and the story does not. */
function filesOf(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('metrics'));
  const files = names.filter((name) => statSync(join(root, name)).isFile());
  const texts = files.map((name) => [name, readFileSync(join(root, name), 'utf8')] as const);
  return Object.fromEntries(texts.map(([name, text]) => [name, text.replace(/^include:.*\n/m, '')]));
}
