/** One verb, one file. Each is loaded when it is called, so that `plan` does not pay for what only `apply` needs. */
import type { Verb } from '../options.ts';
import type { Host, Outcome } from './host.ts';

const commands: Readonly<Record<Verb, () => Promise<(host: Host) => Promise<Outcome>>>> = {
  render: async () => (await import('./render.ts')).render,
  plan: async () => (await import('./plan.ts')).plan,
  apply: async () => (await import('./apply.ts')).apply,
};

export async function runVerb(verb: Verb, host: Host): Promise<Outcome> {
  const command = await commands[verb]();
  return await command(host);
}
