/**
 * What the forge shows beside commits and environments: a status for what was planned, a deployment for what is
 * applied. Neither decides anything, so what cannot be told is a line in the log, never a failure.
 */
import type { RunFacts } from '../../forge/ci.ts';
import type { Forge } from '../../forge/forge.ts';
import { Problem } from '../../problem.ts';
import { changesOf, countWords } from '../../report/change-text.ts';
import type { Host } from '../host.ts';
import type { Planned } from '../planning/planning.ts';

export interface AnnouncedRun {
  readonly host: Host;
  readonly facts: RunFacts;
  readonly forge: Forge | undefined;
}

interface PlannedSection {
  readonly environment: string;
  readonly plan: Planned['plan'] | undefined;
  readonly reason: Problem['reason'] | undefined;
}

/** Sets the status `pushgate/plan` of the merge request's head: what would change where, or what could not be planned. */
export async function announcePlan(run: AnnouncedRun, sections: readonly PlannedSection[]): Promise<void> {
  const { trigger, runUrl } = run.facts;
  if (trigger.kind !== 'merge-request' || sections.length === 0) return;
  const words = sections.map(({ environment, plan, reason }) => {
    const count = plan === undefined ? `no plan (${reason ?? 'internal'})` : countWords(changesOf(plan));
    return `${count === '' ? 'nothing' : count} in ${environment}`;
  });
  await tell(run, 'The status of the commit', async ({ commitStatus }) => {
    await commitStatus?.({
      commit: trigger.head,
      name: 'pushgate/plan',
      state: sections.some(({ reason }) => reason !== undefined) ? 'failure' : 'success',
      description: words.join(' · '),
      url: runUrl,
    });
  });
}

export interface DeploymentFacts {
  readonly environment: string;
  readonly commit: string;
  /** Branch or tag that is applied. */
  readonly ref: string | undefined;
  readonly releases: readonly string[];
}

/**
 * Does `work` as a deployment to the environment; `failed` says of its result whether something went wrong. A GitLab
 * job that names an environment of its own already makes the deployment.
 */
export async function asDeployment<Result>(
  run: AnnouncedRun,
  { environment, commit, ref, releases }: DeploymentFacts,
  { work, failed }: { readonly work: () => Promise<Result>; readonly failed: (result: Result) => boolean },
): Promise<Result> {
  const { runUrl: url } = run.facts;
  const description = releases.join(', ');
  const id =
    ref === undefined || run.host.env['CI_ENVIRONMENT_NAME'] !== undefined
      ? undefined
      : await tell(run, 'The deployment', async ({ deployments }) =>
          deployments?.create({ commit, ref, environment, description }),
        );
  const finish = async (state: 'success' | 'failure'): Promise<void> => {
    if (id !== undefined)
      await tell(run, 'The end of the deployment', async ({ deployments }) =>
        deployments?.finish(id, { state, description, url }),
      );
  };
  try {
    const result = await work();
    await finish(failed(result) ? 'failure' : 'success');
    return result;
  } catch (error) {
    await finish('failure');
    throw error;
  }
}

async function tell<Result>(
  { host, forge }: AnnouncedRun,
  what: string,
  send: (forge: Forge) => Promise<Result>,
): Promise<Result | undefined> {
  if (forge === undefined || host.given.text('announce') === 'never') return undefined;
  try {
    return await send(forge);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    host.progress(
      `${what} could not be told to the forge (${error.reason}): ${error.message}. ${error.hint ?? ''}`.trim(),
    );
    return undefined;
  }
}
