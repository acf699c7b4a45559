/** Plan files on disk: written by the jobs that plan, read by the one that reports. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { subjectOf } from '../../gate/shown.ts';
import type { PlanFile, PlannedPart } from '../../plan/plan-file.ts';
import { readPlanFile, writePlanFile } from '../../plan/plan-file.ts';
import { Problem } from '../../problem.ts';
import { writeInside } from '../../source/write-inside.ts';
import type { Host } from '../host.ts';
import type { PlannedRun } from '../run/planned-run.ts';

/** Far more than the largest plan; a file beyond it is none. */
const mostBytes = 64 * 1024 * 1024;

/** What plan files of this run say they are about. */
export function subjectOfRun({ repository, commits }: PlannedRun): Pick<PlanFile, 'of' | 'head'> {
  const { trigger, forge } = repository.facts;
  if (trigger.kind !== 'merge-request') return { of: '', head: commits.renderedId };
  return { of: subjectOf(forge?.project ?? '', trigger.number), head: trigger.head };
}

/** Only below the working folder. Throws `Problem` (`usage`) where it cannot be written. */
export async function savePlanFile(run: PlannedRun, path: string, parts: readonly PlannedPart[]): Promise<void> {
  const { host } = run;
  const text = writePlanFile({ ...subjectOfRun(run), parts: masked(parts, host) }, host.given.text('key'));
  try {
    await writeInside({ directory: host.directory, path, text, mode: 'replace' });
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Problem({ reason: 'usage', message: `the plan file ${path} cannot be written (${code})`, cause });
  }
  host.progress(`plan written to ${path}`);
}

/** Plans are masked when they are made; here goes what the run has learnt to mask since. */
function masked(parts: readonly PlannedPart[], host: Host): readonly PlannedPart[] {
  const isWords = (key: string): boolean => ['text', 'from', 'to', 'hint', 'problem', 'origin'].includes(key);
  const hide = (key: string, value: unknown): unknown =>
    typeof value === 'string' && isWords(key) ? host.masked(value) : value;
  return JSON.parse(JSON.stringify(parts, hide)) as readonly PlannedPart[];
}

/** The files that were named, and all `*.json` of the folders that were. A folder that is not there has none. */
export async function openPlanFiles(
  host: Host,
  named: readonly string[],
): Promise<readonly { readonly name: string; readonly file: PlanFile }[]> {
  const key = host.given.text('key');
  const names = (await Promise.all(named.map((name) => filesOf(host, name)))).flat();
  return await Promise.all(
    names.map(async (name) => ({ name, file: readPlanFile(await textOf(host, name), { name, key }) })),
  );
}

async function filesOf(host: Host, name: string): Promise<readonly string[]> {
  const found = await stat(resolve(host.directory, name)).catch(() => undefined);
  // Where every plan job failed, or there was none, nobody made the folder.
  if (found === undefined) return /\.json$/.test(name) ? [name] : [];
  if (!found.isDirectory()) return [name];
  const entries = await readdir(resolve(host.directory, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function textOf(host: Host, name: string): Promise<string> {
  const place = resolve(host.directory, name);
  try {
    const { size } = await stat(place);
    if (size > mostBytes)
      throw new Problem({ reason: 'limit-exceeded', message: `${name} is too large for a plan file` });
    return await readFile(place, 'utf8');
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Problem({ reason: 'source-missing', message: `the plan file ${name} cannot be read (${code})`, cause });
  }
}
