/** After a rollback Git still asks for the newer state: a merge request that takes the release's files back. */
import { mayApplyFrom } from '../../config/index.ts';
import { type Policy, policyOf } from '../../config/policy.ts';
import { resolveReleases } from '../../config/resolve.ts';
import type { Forge, MergeRequest } from '../../forge/forge.ts';
import { GitFailure } from '../../git/git.ts';
import {
  changedTree,
  type Identity,
  listTree,
  type TreeChange,
  type TreeEntry,
  writeCommit,
} from '../../git/objects.ts';
import { pushBranch, remoteRef } from '../../git/remote.ts';
import { Problem } from '../../problem.ts';
import { filesOfChart } from '../../render/index.ts';
import { type RollbackFacts, rollbackBody, rollbackTitle } from '../../report/rollback-request.ts';
import { isBelow } from '../../source/files.ts';
import type { Host } from '../host.ts';
import { openForgeOfRun } from '../run/forge-of-run.ts';
import { type Repository, type Revision, readRevision } from '../run/repository.ts';

export interface RevertRequest {
  readonly host: Host;
  readonly repository: Repository;
  readonly policy: Policy;
  readonly author: Identity;
  readonly facts: Omit<RollbackFacts, 'isReconfigured'>;
}

/**
 * Opens it, or finds the one that is open already. undefined where there is no forge to ask, and, with a warning,
 * where nothing can be proposed: the rollback is done and stays done.
 */
export async function proposeRevert(wanted: RevertRequest): Promise<MergeRequest | undefined> {
  const { host, repository } = wanted;
  try {
    const forge = await openForgeOfRun(host, repository.facts);
    return forge && (await propose(wanted, forge));
  } catch (error) {
    if (!(error instanceof Problem) && !(error instanceof GitFailure)) throw error;
    const hint = error instanceof Problem && error.hint !== undefined ? `\n${error.hint}` : '';
    host.warn(`No merge request was opened that reverts this in Git: ${error.message}${hint}`);
    return undefined;
  }
}

async function propose(wanted: RevertRequest, forge: Forge): Promise<MergeRequest> {
  const { host, repository, author } = wanted;
  const { checkout } = repository;
  const { release, environment, revision, commit } = wanted.facts;
  const target = await targetBranch(wanted);
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw byHand(`revision ${revision} has no commit of this repository`);
  const [tip = '', then = ''] = await checkout.fetch([target, commit]);
  const { changes, isReconfigured } = await changesBack(wanted, { tip, then });
  const facts = { ...wanted.facts, isReconfigured };
  const branches = { source: `pushgate/rollback-${environment}-${release}-to-${revision}`, target };
  // One that is open may have commits of people by now, so its branch is left as it is.
  const open = await forge.proposals.find(branches);
  if (open !== undefined) return open;
  const title = rollbackTitle(facts);
  const to = await writeCommit(checkout.git, {
    tree: await changedTree(checkout.git, tip, changes),
    parents: [tip],
    message: `${title}\n\nThe files of the release are as they were at ${then}.\n`,
    author,
    committer: { name: 'Pushgate', email: 'pushgate@localhost' },
    time: host.now().toISOString(),
  });
  const ref = `refs/heads/${branches.source}`;
  const from = await remoteRef(checkout.git, 'origin', ref);
  if ((await pushBranch(checkout.git, { remote: 'origin', ref, from, to })) === 'moved')
    throw new Problem({ reason: 'conflict', message: `somebody else pushed to ${branches.source} meanwhile` });
  const sign = forge.kind === 'github' ? '#' : '!';
  return await forge.proposals.create({ ...branches, title, body: rollbackBody(facts, { sign }) });
}

/** The branch that this run is for; else one that the environment names as it is. */
async function targetBranch({ repository, policy }: RevertRequest): Promise<string> {
  const here = repository.facts.ref ?? (await repository.checkout.branch());
  if (here !== undefined && mayApplyFrom(policy, here)) return here;
  const named = policy.refs.find((ref) => /^[\w./-]+$/.test(ref));
  if (named !== undefined) return named;
  throw byHand(`it is not clear into which branch: ${policy.name} takes releases from ${policy.refs.join(', ')}`);
}

interface Commits {
  readonly tip: string;
  readonly then: string;
}

async function changesBack(
  { repository, policy, facts }: RevertRequest,
  { tip, then }: Commits,
): Promise<{ readonly changes: readonly TreeChange[]; readonly isReconfigured: boolean }> {
  const { release } = facts;
  const now = sourceOf(await readRevision(repository, tip), policy.name, release);
  const former = sourceOf(await readRevision(repository, then), policy.name, release);
  const file = repository.configFile;
  if (now === undefined || former === undefined)
    throw byHand(`${release} is not in ${file} at ${(now === undefined ? tip : then).slice(0, 7)}`);
  if (now.chart === undefined) throw byHand(`the chart of ${release} is not a folder of this repository: see ${file}`);
  if (now.chart !== former.chart) throw byHand(`${file} named another chart for ${release} then`);
  const folder = now.chart;
  const paths = new Set([...now.files, ...former.files]);
  const isMeant = ({ path }: TreeEntry): boolean =>
    path !== file && (paths.has(path) || isBelow(path, [folder])) && !path.startsWith('.');
  const { git } = repository.checkout;
  const tops = [...new Set([folder, ...paths].map((path) => path.split('/')[0] ?? ''))];
  const [there, wanted] = await Promise.all(
    [tip, then].map(async (commit) => {
      const { entries } = await listTree(git, commit, tops);
      return new Map(entries.filter(isMeant).map((entry) => [entry.path, entry]));
    }),
  );
  const changes = differences(there ?? new Map(), wanted ?? new Map());
  const isReconfigured = now.settings !== former.settings;
  if (changes.length > 0) return { changes, isReconfigured };
  throw byHand(
    isReconfigured
      ? `its files are the same at both commits, and its settings in ${file} are not`
      : `its files on the branch are as they were at ${then.slice(0, 7)} already`,
  );
}

interface ReleaseSource {
  /** Path of the chart; undefined where it comes from elsewhere. */
  readonly chart: string | undefined;
  readonly files: readonly string[];
  /** The release's own part of the configuration, to compare. */
  readonly settings: string;
}

function sourceOf(revision: Revision | undefined, environment: string, name: string): ReleaseSource | undefined {
  if (revision === undefined || policyOf(revision.config, environment) === undefined) return undefined;
  const release = resolveReleases(revision.config, environment).find((candidate) => candidate.name === name);
  if (release === undefined) return undefined;
  const { chart, values } = release;
  // A chart that is the whole repository has everything in it, also what is no part of the release.
  const path = chart.kind === 'path' && !['', '.'].includes(chart.path) ? chart.path : undefined;
  return {
    chart: path,
    files: [...(path === undefined ? [] : filesOfChart(revision.files, path)), ...values.map((file) => file.path)],
    settings: JSON.stringify(release),
  };
}

function differences(
  there: ReadonlyMap<string, TreeEntry>,
  wanted: ReadonlyMap<string, TreeEntry>,
): readonly TreeChange[] {
  const removed = [...there.keys()].filter((path) => !wanted.has(path)).map((path) => ({ path, blob: undefined }));
  const set = [...wanted.values()].flatMap(({ path, id, mode }) =>
    there.get(path)?.id === id && there.get(path)?.mode === mode ? [] : [{ path, blob: id, mode }],
  );
  return [...removed, ...set];
}

function byHand(why: string): Problem {
  return new Problem({
    reason: 'source-missing',
    message: why,
    hint: 'Change it by hand, so that the branch asks for what was brought back, and then take the hold away.',
  });
}
