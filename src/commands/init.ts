/** `pushgate init`: writes the pipeline and a first pushgate.yaml for the repository it is run in, and nothing over anything. */
import { parseConfig } from '../config/index.ts';
import { proposalText, propose } from '../config/propose.ts';
import { Problem } from '../problem.ts';
import { githubWorkflow, gitlabInclude, type PipelineInput } from '../report/first-pipeline.ts';
import type { Checkout } from '../source/checkout.ts';
import { openCheckout } from '../source/checkout.ts';
import { writeInside } from '../source/write-inside.ts';
import { version } from '../version.ts';
import type { Host, Outcome } from './host.ts';

interface NewFile {
  readonly path: string;
  readonly text: string;
}

export async function init(host: Host): Promise<Outcome> {
  const checkout = await openCheckout({ directory: host.directory, variables: host.env, signal: host.signal });
  const { files } = await checkout.workingFiles([]);
  const paths = [...files.keys()];
  const decoder = new TextDecoder();
  const proposal = propose({ paths, read: (path) => decoder.decode(files.get(path)) });
  const kind = await forgeOf(host, checkout);
  const branch = await defaultBranch(checkout);
  const input: PipelineInput = { branch, version, ref: await pinned(host, checkout), target: proposal.target };
  const config = { path: host.given.text('config') ?? 'pushgate.yaml', text: proposalText(proposal) };
  refuseOwnMistake(config, files);
  const pipeline = kind === 'github' ? githubFile(input) : gitlabFile(input, files);
  for (const file of [config, pipeline]) host.print(await write(checkout, file, files));
  for (const note of proposal.notes) host.print(`look at  ${note}`);
  host.print(nextSteps({ kind, config: config.path, pipeline: pipeline.path, files, input }));
  return { reason: 'applied', outputs: {} };
}

/** A file that is there stays as it is; whoever wants the proposal moves it away first. */
async function write(
  checkout: Checkout,
  { path, text }: NewFile,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<string> {
  const before = files.get(path);
  if (before !== undefined)
    return new TextDecoder().decode(before) === text
      ? `same     ${path}`
      : `kept     ${path} is there already and was not touched`;
  try {
    // A file that Git ignores is in no list, and is somebody's all the same.
    await writeInside({ directory: checkout.directory, path, text, mode: 'create' });
    return `wrote    ${path}`;
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return `kept     ${path} is there already and was not touched`;
    throw new Problem({ reason: 'usage', message: `${path} cannot be written (${code ?? 'unknown'})`, cause });
  }
}

async function forgeOf(host: Host, checkout: Checkout): Promise<'github' | 'gitlab'> {
  const given = host.given.text('forge');
  if (given === 'github' || given === 'gitlab') return given;
  const url = (await checkout.remoteUrl()) ?? '';
  const name = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (name.includes('gitlab')) return 'gitlab';
  if (name.includes('github')) return 'github';
  throw new Problem({
    reason: 'usage',
    message: url === '' ? 'this repository has no remote named origin' : `it cannot be told what forge ${name} is`,
    hint: 'Name the forge: pushgate init --forge github, or --forge gitlab.',
  });
}

async function defaultBranch({ git, branch }: Checkout): Promise<string> {
  const { exitCode, stdout } = await git.attempt(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  if (exitCode === 0) return stdout.trim().replace(/^origin\//, '');
  return (await branch()) ?? 'main';
}

const home = 'https://github.com/pushgate/pushgate';

/** The commit behind the tag of this version; a tag can be moved, and a commit cannot. */
async function pinned(host: Host, { git }: Checkout): Promise<string> {
  const tag = `v${version}`;
  const { exitCode, stdout } = await git.attempt(['ls-remote', '--', home, `refs/tags/${tag}`, `refs/tags/${tag}^{}`]);
  const commits = exitCode === 0 ? [...stdout.matchAll(/^([0-9a-f]{40,64})\t/gm)].map(([, id]) => id) : [];
  const commit = commits.at(-1);
  if (commit === undefined)
    host.warn(
      `The commit of ${tag} could not be asked for, so the pipeline names the tag. Put the commit in its place.`,
    );
  return commit ?? tag;
}

function githubFile(input: PipelineInput): NewFile {
  return { path: '.github/workflows/pushgate.yml', text: githubWorkflow(input) };
}

/** A pipeline that is there already includes a file of ours. */
function gitlabFile(input: PipelineInput, files: ReadonlyMap<string, Uint8Array>): NewFile {
  const own = files.get('.gitlab-ci.yml');
  const whole = gitlabInclude(input, 'whole');
  const isOurs = own !== undefined && new TextDecoder().decode(own) === whole;
  return own === undefined || isOurs
    ? { path: '.gitlab-ci.yml', text: whole }
    : { path: '.gitlab/pushgate.yml', text: gitlabInclude(input, 'part') };
}

/** What is proposed must be read without a complaint; else it is a fault of ours, and nothing is written. */
function refuseOwnMistake({ path, text }: NewFile, files: ReadonlyMap<string, Uint8Array>): void {
  parseConfig({
    file: path,
    files: { read: (name) => (name === path ? text : undefined), paths: () => [path, ...files.keys()] },
  });
}

function nextSteps(facts: {
  readonly kind: 'github' | 'gitlab';
  readonly config: string;
  readonly pipeline: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly input: PipelineInput;
}): string {
  const { kind, config, pipeline, files, input } = facts;
  return [
    '',
    'Next:',
    `  1. Read ${config}, and see what it gives: pushgate plan`,
    ...(pipeline === '.gitlab/pushgate.yml' && files.has('.gitlab-ci.yml')
      ? ['  2. Add to .gitlab-ci.yml:  include: [{ local: .gitlab/pushgate.yml }]']
      : [
          `  2. Read ${pipeline}${input.target === 'cluster' ? ': its jobs need a login to the cluster (pushgate rbac prints the rights)' : ''}`,
        ]),
    kind === 'gitlab'
      ? '  3. Make a project access token (role Developer, scopes api and write_repository) and set it as PUSHGATE_TOKEN'
      : `  3. Protect ${input.branch}, so that it changes by pull requests only`,
    '  4. Commit both in a merge request of their own; the one after it is the first that is applied',
    '  5. pushgate doctor says what is still missing',
  ].join('\n');
}
