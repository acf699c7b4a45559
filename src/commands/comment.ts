/** `pushgate comment`: does what a comment on a pull request asks, for those who may, and shows that by a reaction. */
import type { Config } from '../config/config.ts';
import { policyOf } from '../config/policy.ts';
import { mayApplyFrom } from '../config/resolve.ts';
import { formatTarget } from '../config/target.ts';
import type { CommentFacts, RunFacts } from '../forge/ci.ts';
import type { Forge, MergeRequest, Reaction } from '../forge/forge.ts';
import type { CommentCommand } from '../gate/command.ts';
import { commandWords, commentRefusal, readCommand } from '../gate/command.ts';
import type { Given, OptionName } from '../options.ts';
import { formatProblem, Problem, reasons } from '../problem.ts';
import { applyRun } from './apply.ts';
import { openMerged } from './deciding/merged.ts';
import { hold } from './hold.ts';
import type { Host, Outcome } from './host.ts';
import { plan } from './plan.ts';
import { chosenEnvironments } from './run/environments.ts';
import { openForgeOfRun } from './run/forge-of-run.ts';
import { openApplied } from './run/one-environment.ts';
import { releasePlaces } from './run/release-places.ts';
import type { Repository, Revision } from './run/repository.ts';
import { missingConfig, openRepository, readRevision } from './run/repository.ts';
import { unlock } from './unlock.ts';

export async function comment(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const { trigger } = repository.facts;
  const said = trigger.kind === 'comment' ? trigger.comment : undefined;
  if (trigger.kind !== 'comment' || said === undefined) throw noComment(repository.facts);
  const command = readCommand(said.body);
  if (command === undefined) {
    host.print('The comment asks nothing of Pushgate.');
    return { reason: 'no-changes', outputs: {} };
  }
  const forge = await openForgeOfRun(host, repository.facts);
  if (forge === undefined) throw noToken();
  // Before anything is answered: strangers' comments must not use up what the token may ask in an hour.
  await refuseUnheard(forge, said);
  return await withReactions(host, forge, said, async () => {
    if (command === 'mistyped') throw mistyped();
    const request = await forge.mergeRequest(trigger.number);
    refuseForeign(request, command);
    return await obey({ host, repository, forge, request }, command);
  });
}

interface Obeying {
  readonly host: Host;
  readonly repository: Repository;
  readonly forge: Forge;
  readonly request: MergeRequest;
}

async function obey(run: Obeying, command: CommentCommand): Promise<Outcome> {
  switch (command.kind) {
    case 'plan':
      return await plan(asking(run.host, { facts: onRequest(run) }));
    case 'apply':
      return await applyUnmerged(run, command.digest);
    case 'unlock':
      return await onReleases(run, command.release, { act: unlock, reason: askedBy(run) });
    case 'hold':
      return await onReleases(run, command.release, { act: hold, reason: command.reason ?? askedBy(run) });
  }
}

function askedBy({ repository, request }: Obeying): string {
  return `asked by ${repository.facts.actor ?? 'somebody'} on !${request.number}`;
}

/** What the pipeline would have said, had it run for the merge request. */
function onRequest({ repository, request }: Obeying): RunFacts {
  const { facts } = repository;
  const { number, head, targetBranch, sourceBranch } = request;
  const event = facts.trigger.kind === 'local' ? '' : facts.trigger.event;
  return {
    ...facts,
    trigger: { kind: 'merge-request', number, head, targetBranch, fork: false, insideTarget: true, event },
    commit: head,
    ref: sourceBranch,
    before: undefined,
  };
}

/** As onRequest, for the target branch, with the rules of the commit. */
function onBranch({ repository, request }: Obeying, commit: string): RunFacts {
  const { facts } = repository;
  const event = facts.trigger.kind === 'local' ? '' : facts.trigger.event;
  return { ...facts, trigger: { kind: 'manual', event }, commit, ref: request.targetBranch, before: undefined };
}

/**
 * The environments whose rules take comments, on the target branch and on the branch that the run is of: whoever asks
 * chooses the target branch, may have made it, and says in its configuration what they like.
 */
async function applyUnmerged(run: Obeying, digest: string | undefined): Promise<Outcome> {
  const { forge, request } = run;
  const { checkout } = run.repository;
  const { number, head, targetBranch } = request;
  const [base] = await checkout.fetch([targetBranch, head]);
  if (base === undefined) throw new Error('the fetched commit is missing');
  const result = await checkout.merge(base, head);
  const facts = onBranch(run, base);
  const repository = { ...run.repository, facts };
  const [revision, before] = [await readRevision(repository, result), await readRevision(repository, base)];
  const own = run.repository.facts.commit;
  const trusted = own === undefined ? undefined : await readRevision(repository, own);
  if (revision === undefined) throw missingConfig(repository);
  const environments = chosenEnvironments(run.host, facts, revision.config, undefined).filter((name) =>
    takesComments(name, targetBranch, { before: before?.config, trusted: trusted?.config }),
  );
  if (environments.length === 0) throw notByComment(targetBranch);
  const host = asking(run.host, { facts, environments, digest });
  const merged = openMerged({ repository, forge, ref: targetBranch, key: host.given.text('key') });
  const unmerged = { number, head, base, result };
  const standing = { kind: 'trusted' } as const;
  return await applyRun({
    host,
    repository,
    standing,
    forge,
    commit: base,
    ref: targetBranch,
    revision,
    merged,
    unmerged,
  });
}

function takesComments(
  environment: string,
  branch: string,
  { before, trusted }: { readonly before: Config | undefined; readonly trusted: Config | undefined },
): boolean {
  const there = before && policyOf(before, environment);
  const here = trusted && policyOf(trusted, environment);
  if (there?.gate.mode !== 'comment' || here?.gate.mode !== 'comment') return false;
  return mayApplyFrom(here, branch) && formatTarget(here.target) === formatTarget(there.target);
}

/**
 * In every environment of the target branch where the release is applied; without one, all that are. Which these are
 * says the branch that the run is of: whoever asks chooses the target branch and may have made it, places, refs and all.
 */
async function onReleases(
  run: Obeying,
  release: string | undefined,
  { act, reason }: { readonly act: (host: Host) => Promise<Outcome>; readonly reason: string },
): Promise<Outcome> {
  const own = run.repository.facts.commit;
  if (own === undefined) throw noCommit();
  const facts = onBranch(run, own);
  const repository = { ...run.repository, facts };
  const revision = await readRevision(repository, own);
  if (revision === undefined) throw missingConfig(repository);
  let outcome: Outcome | undefined;
  for (const name of chosenEnvironments(run.host, facts, revision.config, undefined)) {
    // There the forge says who may touch it, and a right to write is not that.
    if (policyOf(revision.config, name)?.gate.mode === 'environment') continue;
    const recorded = await recordedIn(asking(run.host, { facts }), repository, { revision, environment: name });
    // A first apply that died has a lock and no record yet.
    const configured = act === unlock ? releasePlaces(revision, name).map((one) => one.name) : [];
    const known = [...new Set([...recorded, ...configured])];
    const words = release === undefined ? known : known.filter((one) => one === release);
    if (words.length === 0) continue;
    const done = await act(asking(run.host, { facts, environments: [name], words, reason }));
    if (outcome === undefined || done.reason !== 'no-changes') outcome = done;
  }
  if (outcome !== undefined) return outcome;
  throw new Problem({
    reason: 'usage',
    message: `${release ?? 'nothing'} is applied in no environment of ${run.request.targetBranch} that takes comments`,
    hint: 'It takes them for the branches that its refs name on the default branch, unless its gate.mode is environment.',
  });
}

async function recordedIn(
  host: Host,
  repository: Repository,
  { revision, environment }: { readonly revision: Revision; readonly environment: string },
): Promise<readonly string[]> {
  const policy = policyOf(revision.config, environment);
  if (policy === undefined) return [];
  await using state = await openApplied(host, { repository, revision, policy, releases: [], access: 'read' });
  return state.recorded;
}

interface Asked {
  readonly facts: RunFacts;
  readonly environments?: readonly string[];
  readonly words?: readonly string[];
  readonly digest?: string | undefined;
  readonly reason?: string | undefined;
}

/** The host of a command that the comment asks for: nothing else of the comment gets there. */
function asking(host: Host, { facts, environments, words, digest, reason }: Asked): Host {
  const own = new Map<OptionName, string | undefined>([
    ['expect-digest', digest],
    ['reason', reason],
    ['output', undefined],
    ['break-glass', undefined],
  ]);
  const given: Given = {
    ...host.given,
    text: (name) => (own.has(name) ? own.get(name) : host.given.text(name)),
    list: (name) => (name === 'environment' && environments !== undefined ? environments : host.given.list(name)),
    words: words ?? [],
  };
  return { ...host, given, facts };
}

async function refuseUnheard(forge: Forge, { author, bot, isNew }: CommentFacts): Promise<void> {
  const mayWrite = isNew && !bot ? await forge.mayWrite(author) : true;
  const why = commentRefusal({ isNew, by: { name: author.name, bot, mayWrite } });
  if (why === undefined) return;
  throw new Problem({ reason: 'comment-refused', message: why, hint: 'Somebody who may write can comment it anew.' });
}

function refuseForeign({ number, fork, state }: MergeRequest, { kind }: CommentCommand): void {
  if (fork)
    throw new Problem({
      reason: 'fork-refused',
      message: `!${number} comes from a fork, and a comment runs with the rights of this project`,
      hint: 'Bring the change in through a pull request from this repository.',
    });
  if (state === 'open' || kind === 'unlock' || kind === 'hold') return;
  throw new Problem({
    reason: 'comment-refused',
    message: `!${number} is ${state}`,
    hint: 'Run the apply of the branch.',
  });
}

/** A reaction that cannot be given changes nothing about what was asked. */
async function withReactions(
  host: Host,
  forge: Forge,
  { id }: CommentFacts,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  const react = async (reaction: Reaction): Promise<void> => {
    try {
      await forge.react?.(id, reaction);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      host.warn(formatProblem(error));
    }
  };
  await react('eyes');
  try {
    const outcome = await act();
    const { exit } = reasons[outcome.reason];
    await react(exit === 'done' || exit === 'changes' ? 'rocket' : 'confused');
    return outcome;
  } catch (error) {
    await react('confused');
    throw error;
  }
}

function noComment({ forge }: RunFacts): Problem {
  return new Problem({
    reason: 'not-a-merge-request',
    message: 'this run was not started by a comment on a pull request',
    hint:
      forge?.kind === 'gitlab'
        ? 'Comments start no pipelines on GitLab: use the protected manual job after the merge (docs/gate.md).'
        : 'Run it on: issue_comment, types: [created] (docs/gate.md).',
  });
}

function noToken(): Problem {
  return new Problem({
    reason: 'unauthenticated',
    message: 'there is no token for the forge, so who comments cannot be asked',
    hint: 'Give the job pull-requests: write, and pass github.token.',
  });
}

function noCommit(): Problem {
  return new Problem({
    reason: 'source-missing',
    message: 'the pipeline does not say which commit of the default branch it runs for',
    hint: 'GITHUB_SHA is missing; run it on: issue_comment.',
  });
}

function mistyped(): Problem {
  return new Problem({
    reason: 'comment-refused',
    message: 'the comment is no command',
    hint: `It is ${commandWords}.`,
  });
}

function notByComment(branch: string): Problem {
  return new Problem({
    reason: 'not-merged',
    message: `no environment of ${branch} is applied by a comment before the merge`,
    hint: 'That is gate.mode: comment, and it counts once it is on the branch, and on the default branch with the branch in refs.',
  });
}
