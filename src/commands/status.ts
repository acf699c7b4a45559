/** `pushgate status [RELEASE...]`: what is applied, whether it is still as applied, and what is on hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type TreeNode, treeReader } from '../cluster/read/tree.ts';
import { policyOf, refuseUnknownReleases } from '../config/index.ts';
import type { Policy } from '../config/policy.ts';
import { formatProblem, Problem } from '../problem.ts';
import {
  type AppliedRevision,
  type EnvironmentStatus,
  type ReleaseStatus,
  type StatusNode,
  statusText,
} from '../report/status-text.ts';
import type { Host, Outcome } from './host.ts';
import { chosenEnvironments, noEnvironment } from './run/environments.ts';
import { knownCommit } from './run/known-commit.ts';
import { currentRevision, openApplied } from './run/one-environment.ts';
import { outputForm } from './run/output-form.ts';
import { openRepository, type Repository, type Revision } from './run/repository.ts';
import { driftOfState } from './state/drift-of-state.ts';
import { ownParents } from './state/own-parents.ts';
import type { EnvironmentState } from './state/state.ts';

export async function status(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const revision = await currentRevision(repository);
  const form = outputForm(host, ['text', 'json']);
  let failed: Problem | undefined;
  const look = async (): Promise<string> => {
    const { statuses, problems } = await readStatuses(host, repository, revision);
    failed = problems[0];
    const isAll = statuses.length === 0 && failed !== undefined;
    for (const problem of isAll ? problems.slice(1) : problems) host.warn(formatProblem(problem));
    if (isAll) throw failed;
    if (form === 'json')
      return JSON.stringify({ schema: 'pushgate.dev/statuses/v1', environments: statuses }, undefined, 2);
    if (statuses.length === 0) return noEnvironment(revision);
    const detail = wantsTree(host) ? 'tree' : 'summary';
    return statuses.map((one) => statusText(one, { style: host.style, detail, now: host.now() })).join('\n');
  };
  if (host.given.on('watch')) await watch(host, look);
  else host.print(await look());
  return { reason: failed?.reason ?? 'no-changes', outputs: {} };
}

const lookEvery = 3_000;

/** Prints what is new, with the time; a server that does not answer for once does not end it. */
async function watch(host: Host, look: () => Promise<string>): Promise<void> {
  let before: string | undefined;
  while (!host.signal.aborted) {
    const now = await look().catch((error: unknown) => {
      if (!(error instanceof Problem) || before === undefined) throw error;
      return formatProblem(error);
    });
    // That time passes is no news.
    const news = now.replace(/, applied (?:just now|\d+ \w+ ago)/g, '');
    if (news !== before && !host.signal.aborted) host.print(`${host.now().toISOString()}\n${now}\n`);
    before = news;
    await sleep(lookEvery, undefined, { signal: host.signal }).catch(() => undefined);
  }
}

/** Objects are shown where releases are named, or where some of their objects are asked for. */
function wantsTree({ given }: Host): boolean {
  return given.words.length > 0 || given.list('kind').length > 0 || given.text('health') !== undefined;
}

interface Statuses {
  readonly statuses: readonly EnvironmentStatus[];
  readonly problems: readonly Problem[];
}

/** One environment that cannot be read does not hide the others. */
async function readStatuses(host: Host, repository: Repository, revision: Revision): Promise<Statuses> {
  const statuses: EnvironmentStatus[] = [];
  const problems: Problem[] = [];
  for (const name of chosenEnvironments(host, repository.facts, revision.config, undefined)) {
    const policy = policyOf(revision.config, name);
    if (policy === undefined) continue;
    try {
      statuses.push(await environmentStatus(host, repository, { revision, policy }));
    } catch (error) {
      if (!(error instanceof Problem) || error.reason === 'cancelled') throw error;
      problems.push(error);
    }
  }
  return { statuses, problems };
}

async function environmentStatus(
  host: Host,
  repository: Repository,
  { revision, policy }: { readonly revision: Revision; readonly policy: Policy },
): Promise<EnvironmentStatus> {
  const { given } = host;
  const configured = revision.config.environments.find(({ name }) => name === policy.name)?.releases ?? [];
  await using state = await openApplied(host, { repository, revision, policy, releases: configured, access: 'read' });
  refuseUnknownReleases(given.words, { configs: [revision.config], others: state.recorded });
  const names = [...new Set([...configured, ...state.recorded])];
  const wanted = names.filter((name) => given.words.length === 0 || given.words.includes(name));
  const readTree = state.place.kind === 'cluster' ? treeReader(state.place.view) : undefined;
  const all = await Promise.all(wanted.map((name) => releaseStatus(repository, state, { name, readTree })));
  const isFiltered = given.list('kind').length > 0 || given.text('health') !== undefined;
  const releases = all.map((release) => ({
    ...release,
    objects: matching(release.objects, { kinds: given.list('kind'), health: given.text('health') }),
  }));
  return {
    schema: 'pushgate.dev/status/v1',
    environment: policy.name,
    target: state.target,
    releases: isFiltered ? releases.filter(({ objects }) => objects.length > 0) : releases,
    drift: await driftOfState(host, state, policy),
  };
}

interface Filter {
  readonly kinds: readonly string[];
  readonly health: string | undefined;
}

/** The objects that match, with those that they hang from: a pod alone would not say whose it is. */
function matching(nodes: readonly StatusNode[], filter: Filter): readonly StatusNode[] {
  const kinds = filter.kinds.map((kind) => kind.toLowerCase());
  const matches = ({ key, health }: StatusNode): boolean =>
    (kinds.length === 0 || kinds.includes(key.kind.toLowerCase())) &&
    (filter.health === undefined || health?.state === filter.health);
  return nodes.flatMap((node): readonly StatusNode[] => {
    const children = matching(node.children, filter);
    return matches(node) || children.length > 0 ? [{ ...node, children }] : [];
  });
}

interface Wanted {
  readonly name: string;
  /** undefined where nothing runs. */
  readonly readTree: ReturnType<typeof treeReader> | undefined;
}

async function releaseStatus(repository: Repository, state: EnvironmentState, wanted: Wanted): Promise<ReleaseStatus> {
  const { name } = wanted;
  const found = await foundRelease(state, wanted);
  if (found === undefined) return { name, applied: undefined, hold: undefined, objects: [] };
  const { hold, objects, ...applied } = found;
  const known = await knownCommit(repository.checkout, applied.commit);
  return { name, applied: { ...applied, subject: known?.subject, author: known?.author }, hold, objects };
}

type Found = Omit<AppliedRevision, 'subject' | 'author'> & Pick<ReleaseStatus, 'hold' | 'objects'>;

async function foundRelease({ place }: EnvironmentState, { name, readTree }: Wanted): Promise<Found | undefined> {
  if (place.kind === 'manifests') {
    const release = place.seen.releases.get(name);
    if (release?.record === undefined) return undefined;
    const { revision, commit, mergeRequests, time, hold } = release.record;
    const objects = [...release.recorded.values()].map(({ key }) => ({ key, health: undefined, children: [] }));
    return { revision, commit, mergeRequests, time, hold, objects };
  }
  const [parent] = place.kind === 'cluster' ? ownParents(place, [name]) : [];
  if (place.kind !== 'cluster' || parent === undefined) return undefined;
  const { revision, origin, at, hold, deployed, attempt } = parent.state;
  const objects = readTree === undefined ? [] : (await readTree(parent)).map(nodeOf);
  return {
    revision,
    commit: deployed ?? origin.commit,
    upTo: deployed === undefined || deployed === origin.commit ? undefined : origin.commit,
    unfinished: attempt?.commit,
    mergeRequests: origin.mergeRequests,
    time: at,
    hold,
    objects,
  };
}

function nodeOf({ key, health, children, isUnseen }: TreeNode): StatusNode {
  const shown = isUnseen === true ? undefined : (health ?? ({ state: 'failed', message: 'not there' } as const));
  return { key, health: shown, children: children.map(nodeOf) };
}
