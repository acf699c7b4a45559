import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { BatchJob } from './template-batch.ts';
import type { TemplateResult } from './template-core.ts';

/** Writes the files of `--output-dir`; several pieces of one path follow each other. */
export function writeFiles({ files }: TemplateResult, directory: string): void {
  const started = new Set<string>();
  for (const { path, content } of files) {
    const target = resolve(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { flag: started.has(target) ? 'a' : 'w' });
    started.add(target);
  }
}

/** Writes the output of a job to its file, or its error beside it. */
export function writeOutcome(out: NonNullable<BatchJob['out']>, result: TemplateResult, directory: string): void {
  const target = resolve(directory, out);
  mkdirSync(dirname(target), { recursive: true });
  if (result.exit === 0) writeFileSync(target, result.stdout);
  else writeFileSync(`${target}.err`, result.stderr);
}
