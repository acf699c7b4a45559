import { expect, test } from '@jest/globals';
import { findHelm } from './helm.ts';
import { differing, ours } from './partials.ts';
import { seededDraw } from './random-calls.ts';
import { DATA, HELPERS, randomTemplate } from './random-templates.ts';

/**
 * Random templates, rendered by the real helm and by ours. Those that succeed go into charts by the hundred, those that
 * fail cost a run of helm each. ORACLE_SEED and ORACLE_TEMPLATES repeat or widen a run.
 */
const seed = Number(process.env['ORACLE_SEED'] ?? 13);
const cases = Number(process.env['ORACLE_TEMPLATES'] ?? 1500);
const comparedFailures = Math.ceil(cases / 25);
const around = { data: DATA, helpers: HELPERS };

const helm = findHelm();

if (typeof helm === 'string') {
  test.skip(`skipped: ${helm}`, () => {});
} else {
  test(`${cases} random templates end as with helm ${helm.profile.version} (seed ${seed})`, () => {
    const draw = seededDraw(seed);
    const templates = Array.from({ length: cases }, () => randomTemplate(draw));
    const succeeding = templates.filter((template) => ours([template], helm.profile, around).status === 'ok');
    const failing = templates.filter((template) => !succeeding.includes(template)).slice(0, comparedFailures);
    const differences = [
      ...differing(helm, succeeding, around),
      ...failing.flatMap((template) => differing(helm, [template], around)),
    ];
    process.stderr.write(
      `templates: seed ${seed}, ${succeeding.length} that succeed and ${failing.length} that fail compared with ` +
        `helm ${helm.profile.version}, ${differences.length} different\n`,
    );
    expect(differences).toEqual([]);
    expect(succeeding.length).toBeGreaterThan(cases / 10);
  }, 600_000);
}
