/**
 * Runs in a pipeline that Pushgate does not know, such as Jenkins: options say which forge and which merge request it
 * is about. Nothing that decides about trust is taken from them: the forge is asked for the merge request, whose code
 * it is and whether the branch is protected, and an apply asks the remote whether its commit is on the branch.
 */
import type { ForgeAddress, RunFacts } from '../../forge/ci.ts';
import type { OptionName } from '../../options.ts';
import { Problem } from '../../problem.ts';
import type { Checkout } from '../../source/checkout.ts';
import type { Host } from '../host.ts';
import { openForgeOfRun } from './forge-of-run.ts';

/** What the trigger of such a run is called in place of an event. */
export const declaredEvent = 'a declared run';

const mine = ['forge', 'forge-url', 'project', 'merge-request', 'branch'] as const satisfies readonly OptionName[];

const defaultUrls = { github: 'https://api.github.com', gitlab: 'https://gitlab.com/api/v4' } as const;

/**
 * The facts of the run with what the options add to them.
 * @throws {Problem} `usage` where the pipeline says these things itself: they decide whom to trust
 */
export async function declaredFacts(host: Host, known: RunFacts): Promise<RunFacts> {
  const given = mine.filter((name) => (host.given.text(name) ?? '') !== '');
  const [first] = given;
  if (first === undefined) return known;
  if (known.forge !== undefined)
    throw new Problem({
      reason: 'usage',
      message: `--${first} is for pipelines that Pushgate does not know, and this one it knows`,
      hint: `${known.forge.kind === 'github' ? 'GitHub Actions' : 'GitLab CI'} says by itself which forge, project and merge request a run is about.`,
    });
  const forge = addressOf(host);
  const branch = host.given.text('branch')?.replace(/^refs\/heads\//, '');
  const runUrl = host.given.text('run-url');
  const base: RunFacts = { ...known, forge, trigger: { kind: 'push', event: declaredEvent }, ref: branch, runUrl };
  const number = host.given.text('merge-request') ?? '';
  if (number !== '') return await ofMergeRequest(host, base, number);
  return { ...base, protectedRef: await isProtected(host, base, branch) };
}

function addressOf(host: Host): ForgeAddress {
  const kind = host.given.text('forge');
  const project = host.given.text('project') ?? '';
  if ((kind !== 'github' && kind !== 'gitlab') || project === '')
    throw new Problem({
      reason: 'usage',
      message: '--forge and --project belong together',
      hint: 'For example: --forge gitlab --project shop/services, or --forge github --project mygoodies/shop.',
    });
  return { kind, project, apiUrl: host.given.text('forge-url') ?? defaultUrls[kind], jobToken: undefined };
}

async function ofMergeRequest(host: Host, facts: RunFacts, typed: string): Promise<RunFacts> {
  if (!/^[1-9]\d{0,9}$/.test(typed))
    throw new Problem({ reason: 'usage', message: `--merge-request ${typed}: it takes the number of one` });
  const forge = await openForgeOfRun(host, facts);
  if (forge === undefined) throw noToken();
  const number = Number(typed);
  const request = await forge.mergeRequest(number);
  if (request.state !== 'open')
    throw new Problem({
      reason: 'not-a-merge-request',
      message: `merge request ${number} is ${request.state}, so there is nothing to show on it`,
    });
  const { head, targetBranch, fork, sourceBranch: ref } = request;
  // Such a pipeline has the project's credentials, whoever's code it runs.
  const trigger = { kind: 'merge-request', number, head, targetBranch, fork, insideTarget: true } as const;
  return { ...facts, ref, trigger: { ...trigger, event: declaredEvent } };
}

/** GitLab's own pipelines say it; GitHub's environments and rules guard by the ref itself. */
async function isProtected(host: Host, facts: RunFacts, branch: string | undefined): Promise<boolean | undefined> {
  if (facts.forge?.kind !== 'gitlab' || branch === undefined) return undefined;
  const forge = await openForgeOfRun(host, facts);
  return (await forge?.branchRules(branch))?.isProtected;
}

function noToken(): Problem {
  return new Problem({
    reason: 'unauthenticated',
    message: '--merge-request needs a token for the forge, and there is none',
    hint: 'Set PUSHGATE_TOKEN. The token must be allowed to read and comment merge requests.',
  });
}

/** A branch that is only claimed must not open what that branch may; the remote knows what is on it. */
export async function refuseElsewhere(
  checkout: Checkout,
  { commit, ref }: { readonly commit: string; readonly ref: string | undefined },
): Promise<void> {
  if (ref === undefined)
    throw new Problem({
      reason: 'wrong-ref',
      message: 'it is not known which branch this run is for',
      hint: 'Name it: --branch main',
    });
  const [tip] = await checkout.fetch([ref]);
  if (tip !== undefined && (await checkout.isAncestor(commit, tip))) return;
  throw new Problem({
    reason: 'wrong-ref',
    message: `the commit ${commit.slice(0, 12)} is not on the branch ${ref} of origin`,
    hint: 'Check out what was merged, or name the branch that the commit is on.',
  });
}
