import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { template } from '../../src/commands/helm/template-core.ts';
import { type Helm, type HelmOutcome, helmIn, helmsAtHand } from './helm.ts';
import { seededDraw } from './random-calls.ts';
import { randomValuesCase, type ValuesCase } from './random-values.ts';

/**
 * Random charts with subcharts, values files and flags: which value wins, told by the real helm and by ours. Each case
 * costs a run of helm. ORACLE_SEED and ORACLE_VALUES repeat or widen a run.
 */
const seed = Number(process.env['ORACLE_SEED'] ?? 13);
const cases = Number(process.env['ORACLE_VALUES'] ?? 120);

const helms = helmsAtHand();

if (typeof helms === 'string') {
  test.skip(`skipped: ${helms}`, () => {});
} else {
  test.each(helms.map((helm) => [helm.profile.version, helm] as const))(
    `${cases} random merges of values end as with helm %s (seed ${seed})`,
    async (version, helm) => {
      const draw = seededDraw(seed);
      const told = { succeeded: 0, failed: 0, undecided: 0 };
      const differences: string[] = [];
      for (let at = 0; at < cases; at++) {
        const drawn = randomValuesCase(draw);
        const { theirs, mine, isDecided } = await bothOn(helm, drawn);
        if (!isDecided) told.undecided++;
        else if (mine.status === theirs.status && mine.text === theirs.text) {
          told[mine.status === 'ok' ? 'succeeded' : 'failed']++;
        } else {
          differences.push(`case ${at}: ${JSON.stringify(drawn)}\n  helm: ${theirs.text}\n  ours: ${mine.text}`);
        }
      }
      process.stderr.write(
        `values: seed ${seed}, ${told.succeeded} that succeed and ${told.failed} that fail compared with helm ` +
          `${version}, ${differences.length} different, ${told.undecided} that helm itself answers in two ways\n`,
      );
      expect(differences).toEqual([]);
      expect(told.succeeded).toBeGreaterThan(cases / 3);
    },
    900_000,
  );
}

interface Both {
  readonly theirs: HelmOutcome;
  readonly mine: HelmOutcome;
  /** False where helm contradicts itself: it ranges over Go's maps, whose order is drawn anew each time. */
  readonly isDecided: boolean;
}

async function bothOn(helm: Helm, { files, flags }: ValuesCase): Promise<Both> {
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-values-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const theirs = helmIn(helm, folder, flags);
    const mine = await ours(folder, [...flags, '--helm-version', helm.profile.version]);
    const differs = mine.status !== theirs.status || mine.text !== theirs.text;
    const more = differs ? Array.from({ length: 12 }, () => helmIn(helm, folder, flags)) : [];
    return { theirs, mine, isDecided: more.every(({ text }) => text === theirs.text) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ours(directory: string, flags: readonly string[]): Promise<HelmOutcome> {
  const { exit, stdout, stderr } = await template(['release', '.', ...flags], { directory });
  if (exit === 0) return { status: 'ok', text: Buffer.from(stdout).toString() };
  const [, message = stderr] = /^Error: (.*)$/ms.exec(stderr) ?? [];
  // What we say beyond Helm's words follows after an empty line.
  return { status: 'error', text: message.split('\n\n')[0]?.trimEnd() ?? '' };
}
