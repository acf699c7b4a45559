import type { PassThrough } from '../options.ts';
import type { TemplatePlace } from './helm/template-core.ts';
import type { Streams } from './template.ts';

type Run = (argv: readonly string[], place: TemplatePlace, streams: Streams) => Promise<number>;

const commands: Readonly<Record<PassThrough, () => Promise<Run>>> = {
  template: async () => (await import('./template.ts')).runTemplate,
  verify: async () => (await import('./verify.ts')).runVerify,
};

/** Runs a verb that reads its arguments itself; gives the exit status. */
export async function runPassThrough(
  verb: PassThrough,
  argv: readonly string[],
  place: TemplatePlace,
  streams: Streams,
): Promise<number> {
  const run = await commands[verb]();
  return await run(argv, place, streams);
}
