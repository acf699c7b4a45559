/** `pushgate template`: a drop-in for `helm template`, for one release or for a file of them in one process. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Problem } from '../problem.ts';
import { type TemplatePlace, template } from './helm/template-core.ts';
import { writeFiles } from './helm/template-files.ts';

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
  writeFiles(result, place.directory);
  streams.out(result.stdout);
  streams.err(result.stderr);
  return result.exit;
}

function batchFile(argv: readonly string[]): string | undefined {
  const [first, second] = argv;
  if (first === '--batch' && argv.length === 2) return second;
  return argv.length === 1 && first?.startsWith('--batch=') ? first.slice('--batch='.length) : undefined;
}

/** Every job runs, whatever the others do; the exit status is 1 when one of them failed. */
async function runBatch(file: string, { readInput: _, ...place }: TemplatePlace, streams: Streams): Promise<number> {
  const [{ readBatch }, { runJobs }] = await Promise.all([
    import('./helm/template-batch.ts'),
    import('./helm/template-jobs.ts'),
  ]);
  const jobs = readBatch(readJobs(file, place.directory), file);
  const failures = await runJobs(jobs, place, streams.out);
  for (const { at, stderr } of failures) streams.err(`${jobs[at]?.id}: ${stderr}`);
  streams.err(`${jobs.length} renderings, ${failures.length} failed\n`);
  return failures.length === 0 ? 0 : 1;
}

function readJobs(file: string, directory: string): string {
  try {
    return readFileSync(resolve(directory, file), 'utf8');
  } catch (cause) {
    const message = `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new Problem({ reason: 'source-missing', message, cause });
  }
}
