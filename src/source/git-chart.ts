/** Charts from other Git repositories: one commit, fetched without its history into a place of its own. */
import { lookup } from 'node:dns/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveCommit } from '../git/commits.ts';
import { type Git, openGit } from '../git/git.ts';
import { fetchRefs, remoteRef } from '../git/remote.ts';
import { Problem } from '../problem.ts';
import { reachOf } from './address.ts';
import { readCommittedFiles } from './committed-files.ts';
import type { FetchedChart } from './fetched-chart.ts';
import { isLoopbackName } from './http.ts';
import type { Variables } from './logins.ts';

export interface GitChart {
  readonly repository: string;
  readonly ref: string;
  readonly path: string;
}

const place = 'refs/pushgate/chart';

/** All files of the commit, because a chart may build on its neighbours. Throws Problem `source-missing`, … */
export async function fetchGitChart(chart: GitChart, variables: Variables): Promise<FetchedChart> {
  const { repository, ref, path } = chart;
  await refuseOwnMachine(repository);
  const directory = await mkdtemp(join(tmpdir(), 'pushgate-chart-'));
  try {
    // The transports that a repository's address may use; what Git would run for others never runs.
    const git = openGit({ directory, variables: { ...variables, GIT_ALLOW_PROTOCOL: 'https:http:ssh' } });
    await git.run(['init', '--quiet', '--bare', '.']);
    const source = await refToFetch(git, repository, ref);
    await fetchRefs(git, { remote: repository, refspecs: [`${source}:${place}`], depth: '--depth=1' });
    const commit = await resolveCommit(git, place);
    if (commit === undefined) throw missing(chart);
    const { files, notices } = await readCommittedFiles(git, { commit });
    const origin = `${repository}@${commit.slice(0, 12)}`;
    return { files, path, origin, digest: commit, notices: notices.map((notice) => `${origin}: ${notice}`) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A branch, else a tag, else the commit itself. */
async function refToFetch(git: Git, repository: string, ref: string): Promise<string> {
  for (const full of [`refs/heads/${ref}`, `refs/tags/${ref}`]) {
    if ((await remoteRef(git, repository, full)) !== undefined) return full;
  }
  if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(ref)) return ref;
  throw missing({ repository, ref });
}

function missing({ repository, ref }: Pick<GitChart, 'repository' | 'ref'>): Problem {
  return new Problem({
    reason: 'source-missing',
    message: `${repository} has no branch or tag ${ref}`,
    hint: 'A commit is written with all of its 40 digits.',
  });
}

/** Git makes its own connections, so the name is looked at before; it could only change its mind in that moment. */
async function refuseOwnMachine(repository: string): Promise<void> {
  const host =
    /^[a-z+]+:\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+)/i.exec(repository)?.[1] ?? /@([^:]+):/.exec(repository)?.[1];
  if (host === undefined) {
    throw new Problem({ reason: 'config-invalid', message: `${repository} is not an address of a Git repository` });
  }
  if (isLoopbackName(host)) return;
  const addresses = await lookup(host.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  if (addresses.some(({ address }) => reachOf(address) !== 'network')) {
    throw new Problem({
      reason: 'forbidden',
      message: `${repository} leads to an address of this machine or its cloud, which is never asked`,
    });
  }
}
