/** Rendering the jobs of a batch: one after the other, or by several threads that each take the next one. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BatchJob } from './template-batch.ts';
import { type TemplatePlace, template } from './template-core.ts';
import { writeFiles, writeOutcome } from './template-files.ts';

/** What one thread needs to know. */
export interface Shift {
  readonly jobs: readonly BatchJob[];
  readonly place: Omit<TemplatePlace, 'readInput'>;
  /** The number of the next job that nobody has begun, shared by all threads. */
  readonly next: Int32Array;
}

/** A job that could not be rendered. */
export interface Failure {
  /** Number of the job. */
  readonly at: number;
  readonly stderr: string;
}

/** Below this many jobs a further thread costs more than it saves: each starts with cold code. */
const jobsPerThread = 20;
/** Each thread has a heap of its own, of about 100 MB. */
const mostThreads = 8;

/**
 * Renders every job, whatever the others do; gives the failures in order. Jobs without a file to write to are rendered
 * here, in order, and handed to `print`.
 */
export async function runJobs(
  jobs: readonly BatchJob[],
  place: Shift['place'],
  print: (output: Uint8Array) => void,
): Promise<readonly Failure[]> {
  const shift: Shift = { jobs, place, next: new Int32Array(new SharedArrayBuffer(4)) };
  const prints = jobs.some(({ out }) => out === undefined);
  const threads = prints ? 1 : Math.min(availableParallelism(), mostThreads, Math.ceil(jobs.length / jobsPerThread));
  const helpers = Array.from({ length: threads - 1 }, () => runElsewhere(shift));
  const failures = await Promise.all([...helpers, runShift(shift, print)]);
  return failures.flat().sort((a, b) => a.at - b.at);
}

/** Takes jobs until none is left. */
export async function runShift(shift: Shift, print: (output: Uint8Array) => void): Promise<readonly Failure[]> {
  const { jobs, place, next } = shift;
  const failures: Failure[] = [];
  for (;;) {
    const at = Atomics.add(next, 0, 1);
    const job = jobs[at];
    if (job === undefined) return failures;
    const result = await template(job.argv, place);
    writeFiles(result, place.directory);
    if (job.out === undefined) print(result.stdout);
    else writeOutcome(job.out, result, place.directory);
    if (result.exit !== 0) failures.push({ at, stderr: result.stderr });
  }
}

function runElsewhere(shift: Shift): Promise<readonly Failure[]> {
  const file = new URL(`./template-worker${extname(import.meta.url)}`, import.meta.url);
  return new Promise((done, failed) => {
    const worker = new Worker(file, { workerData: shift });
    worker.once('message', done);
    worker.once('error', failed);
    worker.once('exit', (code) => failed(new Error(`a rendering thread ended with ${code}`)));
  });
}
