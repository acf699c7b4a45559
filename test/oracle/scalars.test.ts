import { expect, test } from '@jest/globals';
import { helmsAtHand } from './helm.ts';
import { differing } from './partials.ts';
import { seededDraw } from './random-calls.ts';
import { randomScalarTemplate } from './random-scalars.ts';

/**
 * Random scalars written and read as YAML, JSON and TOML, by the real helm and by ours; also what is said of texts that
 * are none of these. ORACLE_SEED and ORACLE_SCALARS repeat or widen a run.
 */
const seed = Number(process.env['ORACLE_SEED'] ?? 13);
const cases = Number(process.env['ORACLE_SCALARS'] ?? 3000);

const helms = helmsAtHand();

if (typeof helms === 'string') {
  test.skip(`skipped: ${helms}`, () => {});
} else {
  test.each(helms.map((helm) => [helm.profile.version, helm] as const))(
    `${cases} random scalars are read and written as by helm %s (seed ${seed})`,
    (version, helm) => {
      const draw = seededDraw(seed);
      const templates = Array.from({ length: cases }, () => randomScalarTemplate(draw));
      const differences = differing(helm, templates, { data: {}, helpers: '' });
      process.stderr.write(
        `scalars: seed ${seed}, ${cases} compared with helm ${version}, ${differences.length} different\n`,
      );
      expect(differences).toEqual([]);
    },
    600_000,
  );
}
