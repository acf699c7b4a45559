/** `pushgate matrix`: what a merge request touches, as jobs; on a branch everything that it may be applied to. */
import type { Shard } from '../config/shards.ts';
import { shardsOf, wavesOf } from '../config/shards.ts';
import { Problem } from '../problem.ts';
import { childPipeline } from '../report/gitlab-jobs.ts';
import type { Host, Outcome } from './host.ts';
import { touchedReleases } from './planning/touched.ts';
import { chosenEnvironments } from './run/environments.ts';
import { inOrder } from './run/order-of-environments.ts';
import { openRun, readPlannedRun } from './run/planned-run.ts';

export async function matrix(host: Host): Promise<Outcome> {
  const run = await readPlannedRun(await openRun(host), 'files');
  const { revision, target, repository } = run;
  const names = chosenEnvironments(host, repository.facts, revision.config, target?.config);
  const touched = touchedReleases({ revision, target, environments: inOrder(names, revision) });
  const purpose = repository.facts.trigger.kind === 'merge-request' ? 'plan' : 'apply';
  const shards = shardsOf({
    config: revision.config,
    touched,
    size: sizeOf(host),
    order: purpose === 'plan' ? 'free' : 'kept',
  });
  const form = host.given.text('form') ?? 'text';
  if (form === 'github') host.print(githubMatrix(shards));
  else if (form === 'gitlab') host.print(childPipeline(shards, purpose).trimEnd());
  else host.print(matrixText(shards));
  return {
    reason: shards.length === 0 ? 'no-changes' : 'changes',
    outputs: {
      'reason-code': shards.length === 0 ? 'no-changes' : 'changes',
      shards: String(shards.length),
      matrix: githubMatrix(shards),
      waves: `[${wavesOf(shards).map(githubMatrix).join(',')}]`,
    },
  };
}

/** Its values are what the inputs of plan and apply take. */
function githubMatrix(shards: readonly Shard[]): string {
  const include = shards.map(({ name, environment, releases }) => ({
    shard: name,
    environment,
    release: releases.join(','),
  }));
  return JSON.stringify({ include });
}

function matrixText(shards: readonly Shard[]): string {
  if (shards.length === 0) return 'Nothing is touched.';
  return shards
    .map(({ name, releases, after }) => {
      const what = releases.length === 0 ? 'all releases' : releases.join(', ');
      return `${name}: ${what}${after.length === 0 ? '' : ` (after ${after.join(', ')})`}`;
    })
    .join('\n');
}

function sizeOf(host: Host): number | undefined {
  const given = host.given.text('shard-size');
  if (given === undefined || given === '') return undefined;
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new Problem({ reason: 'usage', message: `--shard-size ${given}: it takes a whole number from 1 up` });
}
