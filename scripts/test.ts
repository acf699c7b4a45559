/**
 * `npm test [-- jest arguments]`: runs the whole suite, or the files that the arguments name.
 * Suites that need a program which is not here are skipped and named, with what is missing, after jest's own output.
 * What suites counted and measured is printed, too.
 * Ends with one line that any reader can count on: `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopBedIn } from '../test/bed/bed.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `The tests need Node 24 and this is ${process.version}. \`npm ci\` brings Node 24 as a development dependency; ` +
      'if it ran with --ignore-scripts, run `npm rebuild node`.',
  );
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'pushgate-test-'));
const outputFile = process.env['PUSHGATE_TEST_RESULT'] ?? join(folder, 'result.json');
const notRunFile = join(folder, 'not-run.txt');
const figuresFile = join(folder, 'figures.txt');
const bedFolder = join(folder, 'bed');
const jest = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${outputFile}`,
    ...process.argv.slice(2),
  ],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PUSHGATE_BED_FOLDER: bedFolder,
      PUSHGATE_BED_OWNER: String(process.pid),
      PUSHGATE_NOT_RUN: notRunFile,
      PUSHGATE_FIGURES: figuresFile,
    },
  },
);
await stopBedIn(bedFolder);
interface Result {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
}
let exit = jest.status ?? 1;
try {
  const result = JSON.parse(readFileSync(outputFile, 'utf8')) as Result;
  if (existsSync(figuresFile)) console.log(`Figures:\n${indented(readFileSync(figuresFile, 'utf8'))}`);
  if (existsSync(notRunFile)) {
    const suites = new Set(readFileSync(notRunFile, 'utf8').trimEnd().split('\n'));
    console.log(`Not run here:\n${[...suites].map((suite) => `  ${suite}`).join('\n')}`);
  }
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  console.log(`${result.numPassedTests} passed, ${failed} failed, ${result.numPendingTests} skipped`);
  if (failed > 0 && exit === 0) exit = 1;
} catch {
  console.error('jest ended without a result');
  exit ||= 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(exit);

function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}
