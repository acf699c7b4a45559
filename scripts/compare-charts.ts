/**
 * `npm run compare:charts -- FOLDER…`: every chart below the folders on a real API server, beside kubectl's dry run and
 * beside the prediction that is computed here. Prints figures and each difference; ends with 1 where there is one.
 */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startBed, stopBedIn } from '../test/bed/bed.ts';
import { compareChart, linesOf, noAnswers } from '../test/cluster/chart-answers.ts';
import { seededDraw } from '../test/oracle/random-calls.ts';

const folders = process.argv.slice(2).flatMap((folder) => chartsBelow(resolve(folder)));
if (folders.length === 0) {
  console.error('npm run compare:charts -- FOLDER…   every chart below the folders');
  process.exit(1);
}
const bedFolder = join(tmpdir(), `pushgate-charts-${process.pid}`);
process.env['PUSHGATE_BED_FOLDER'] = bedFolder;
const bed = await startBed();
const answers = noAnswers();
const draw = seededDraw(20_261_121);
for (const folder of folders) {
  try {
    await compareChart(answers, { bed, folder, draw, edits: 2 });
  } catch (error) {
    console.error(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
console.log(linesOf(answers).join('\n'));
await stopBedIn(bedFolder);
const { kubectl, here } = answers;
if ([kubectl, here.again, here.changed].some(({ different }) => different.length > 0)) process.exitCode = 1;

/** Without the charts inside charts. */
function chartsBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.some(({ name }) => name === 'Chart.yaml')) return [folder];
  return entries
    .filter((entry) => entry.isDirectory() && !['.git', 'node_modules'].includes(entry.name))
    .flatMap(({ name }) => chartsBelow(join(folder, name)));
}
