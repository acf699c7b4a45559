/** `pushgate report`: the one comment of many plan jobs, from their plan files. */
import { mergeParts } from '../plan/merge-parts.ts';
import { Problem } from '../problem.ts';
import type { Host, Outcome } from './host.ts';
import { openPlanFiles, subjectOfRun } from './planning/plan-files.ts';
import { tellPlans } from './planning/sections.ts';
import { touchedReleases } from './planning/touched.ts';
import { chosenEnvironments } from './run/environments.ts';
import { keepingComment, readPlannedRun } from './run/planned-run.ts';

export async function report(host: Host): Promise<Outcome> {
  return await keepingComment(host, async (opened) => {
    const named = [...host.given.words, ...host.given.list('plans')];
    if (named.length === 0)
      throw new Problem({
        reason: 'usage',
        message: 'report needs the plan files',
        hint: 'pushgate report plans/ or pushgate report one.json another.json',
      });
    const run = await readPlannedRun(opened, 'files');
    const { revision, target, repository } = run;
    const environments = chosenEnvironments(host, repository.facts, revision.config, target?.config);
    const parts = mergeParts({
      files: await openPlanFiles(host, named),
      ...subjectOfRun(run),
      environments,
      expected: touchedReleases({ revision, target, environments }),
      key: host.given.text('key'),
    });
    return await tellPlans(run, parts);
  });
}
