/** `pushgate template`: a drop-in for `helm template`, for one release or for a file of them in one process. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Problem } from '../problem.ts';
import { type BatchJob, readBatch } from './template-batch.ts';
import { type TemplatePlace, type TemplateResult, template } from './template-core.ts';

/** Where the output of a verb goes whose flags are not ours. */
export interface Streams {
  readonly out: (data: Uint8Array | string) => void;
  readonly err: (text: string) => void;
}

/**
 * Runs the verb and gives the exit status. `argv` is what stands behind the verb: Helm's own flags, or
 * `--batch JOBS` alone.
 */
export async function runTemplate(argv: readonly string[], place: TemplatePlace, streams: Streams): Promise<number> {
  const batch = batchFile(argv);
  if (batch !== undefined) return await runBatch(batch, place, streams);
  const result = await template(argv, place);
  await writeFiles(result, place);
  streams.out(result.stdout);
  streams.err(result.stderr);
  return result.exit;
}

function batchFile(argv: readonly string[]): string | undefined {
  const [first, second] = argv;
  if (first === '--batch' && argv.length === 2) return second;
  return argv.length === 1 && first?.startsWith('--batch=') ? first.slice('--batch='.length) : undefined;
}

async function writeFiles(result: TemplateResult, place: TemplatePlace): Promise<void> {
  const started = new Set<string>();
  for (const { path, content } of result.files) {
    const target = resolve(place.directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content, { flag: started.has(target) ? 'a' : 'w' });
    started.add(target);
  }
}

/** Every job runs, whatever the others do; the exit status is 1 when one of them failed. */
async function runBatch(file: string, place: TemplatePlace, streams: Streams): Promise<number> {
  const jobs = readBatch(await readJobs(file, place), file);
  let failed = 0;
  for (const job of jobs) {
    const result = await template(job.argv, place);
    await writeFiles(result, place);
    await writeOutcome(job, result, place, streams);
    if (result.exit === 0) continue;
    failed++;
    streams.err(`${job.id}: ${result.stderr}`);
  }
  streams.err(`${jobs.length} renderings, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function readJobs(file: string, place: TemplatePlace): Promise<string> {
  try {
    return await readFile(resolve(place.directory, file), 'utf8');
  } catch (cause) {
    const message = `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new Problem({ reason: 'source-missing', message, cause });
  }
}

async function writeOutcome(
  job: BatchJob,
  result: TemplateResult,
  place: TemplatePlace,
  streams: Streams,
): Promise<void> {
  if (job.out === undefined) {
    streams.out(result.stdout);
    return;
  }
  const target = resolve(place.directory, job.out);
  await mkdir(dirname(target), { recursive: true });
  if (result.exit === 0) await writeFile(target, result.stdout);
  else await writeFile(`${target}.err`, result.stderr);
}
