/** The forge that a run talks to, where there is one and a token for it. */
import type { RunFacts } from '../../forge/ci.ts';
import type { Forge } from '../../forge/forge.ts';
import { proxyOf } from '../../forge/proxy.ts';
import type { Standing } from '../../forge/standing.ts';
import { Problem } from '../../problem.ts';
import { version } from '../../version.ts';
import type { Host } from '../host.ts';

/** undefined outside a pipeline, and in one that has no token: a merge request is then planned, but not commented. */
export async function openForgeOfRun(host: Host, facts: RunFacts): Promise<Forge | undefined> {
  const token = host.given.text('token');
  if (facts.forge === undefined || (token === undefined && facts.forge.jobToken === undefined)) return undefined;
  if (token !== undefined) host.mask([token]);
  const { openForge } = await import('../../forge/open.ts');
  const { kind, apiUrl, project, jobToken } = facts.forge;
  const proxy = proxyOf(host.env, apiUrl);
  return await openForge({ kind, apiUrl, project, token, jobToken, proxy, userAgent: `pushgate/${version}` });
}

/** @throws {Problem} when the run's trigger would bring strangers' code together with credentials */
export function refuseUntrusted(standing: Standing): void {
  if (standing.kind === 'refused')
    throw new Problem({ reason: standing.reason, message: standing.why, hint: standing.hint });
}
