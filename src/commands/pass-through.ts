import type { PassThrough } from '../options.ts';
import { runTemplate, type Streams } from './template.ts';
import type { TemplatePlace } from './template-core.ts';
import { runVerify } from './verify.ts';

const commands: Readonly<
  Record<PassThrough, (argv: readonly string[], place: TemplatePlace, streams: Streams) => Promise<number>>
> = { template: runTemplate, verify: runVerify };

/** Runs a verb that reads its arguments itself; gives the exit status. */
export async function runPassThrough(
  verb: PassThrough,
  argv: readonly string[],
  place: TemplatePlace,
  streams: Streams,
): Promise<number> {
  return await commands[verb](argv, place, streams);
}
