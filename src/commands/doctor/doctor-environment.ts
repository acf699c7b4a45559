/** The place of one environment, and what this run's login could do there. */
import { policyOf } from '../../config/index.ts';
import { standingToPlan } from '../../forge/standing.ts';
import { counted } from '../../plan/consequences/rule.ts';
import type { Finding } from '../../report/doctor-text.ts';
import { openState } from '../run/environments.ts';
import { releasePlaces } from '../run/release-places.ts';
import { readRevision } from '../run/repository.ts';
import { ownParents } from '../state/own-parents.ts';
import type { ClusterPlace } from '../state/state.ts';
import type { Examined } from './examined.ts';

/** One finding for each thing looked at. Throws `Problem` where the environment itself cannot be read. */
export async function checkEnvironment(examined: Examined, name: string): Promise<readonly Finding[]> {
  const { host, repository, revision } = examined;
  const policy = policyOf(revision.config, name);
  if (policy === undefined) return [];
  const standing = standingToPlan({ trigger: repository.facts.trigger });
  const releases = releasePlaces(revision, name);
  await using state = await openState({ host, repository, policy, releases, standing });
  const place: Finding = {
    check: `${name}: place`,
    level: 'ok',
    text: `${state.target}, ${state.recorded.length} of ${counted(releases.length, 'release')} applied`,
    mend: undefined,
  };
  const login =
    state.place.kind === 'cluster'
      ? await checkLogin(name, state.place, {
          recorded: state.recorded,
          namespaces: releases.map(({ namespace }) => namespace),
        })
      : [];
  return [place, ...(await checkPolicyOnBranch(examined, name, policy.refs)), ...login];
}

/** Rules come into force by their merge; before that every apply ends with `no-policy`. */
async function checkPolicyOnBranch(
  { repository }: Examined,
  name: string,
  refs: readonly string[],
): Promise<readonly Finding[]> {
  const check = `${name}: rules`;
  for (const ref of refs) {
    const commit = await repository.checkout.resolve(`refs/remotes/origin/${ref}`);
    if (commit === undefined) continue;
    const there = await readRevision(repository, commit);
    if (there !== undefined && policyOf(there.config, name) !== undefined)
      return [{ check, level: 'ok', text: `they are on ${ref}`, mend: undefined }];
    return [
      {
        check,
        level: 'warning',
        text: `${ref} does not have them yet, so nothing is applied (no-policy)`,
        mend: `Merge the configuration into ${ref} first; the merge request after it is the first that is applied.`,
      },
    ];
  }
  return [];
}

async function checkLogin(
  name: string,
  place: ClusterPlace,
  { recorded, namespaces }: { readonly recorded: readonly string[]; readonly namespaces: readonly string[] },
): Promise<readonly Finding[]> {
  const { view } = place;
  const check = `${name}: login`;
  const { dangerousRightsOf, gradeLogin } = await import('../../cluster/read/canary.ts');
  const { grade, text } = await gradeLogin(view, {
    parents: ownParents(place, recorded),
    namespaces: [...new Set(namespaces)],
  });
  const roles = `pushgate rbac --environment ${name} prints the roles, and the policy that pins a planner.`;
  const level = grade === 'enforced' ? 'ok' : grade === 'advisory' ? 'warning' : 'note';
  const findings: Finding[] = [
    {
      check,
      level,
      text: grade === 'advisory' ? `${text}: right for an apply, too much for a plan` : text,
      mend: grade === 'enforced' ? undefined : roles,
    },
  ];
  const [namespace] = namespaces;
  if (namespace === undefined) return findings;
  const dangerous = await dangerousRightsOf(view.client, namespace);
  if (dangerous.length === 0) return findings;
  const lets = [...new Set(dangerous.map((right) => right.lets))].join(', ');
  return [
    ...findings,
    { check: `${name}: rights`, level: 'warning', text: `in ${namespace} this login could also ${lets}`, mend: roles },
  ];
}
