/** One verb, one file. Each is loaded when it is called, so that `plan` does not pay for what only `apply` needs. */
import type { OwnVerb } from '../options.ts';
import type { Host, Outcome } from './host.ts';
import { unlessCancelled } from './run/cancelled.ts';

const commands: Readonly<Record<OwnVerb, () => Promise<(host: Host) => Promise<Outcome>>>> = {
  render: async () => (await import('./render.ts')).render,
  plan: async () => (await import('./plan.ts')).plan,
  matrix: async () => (await import('./matrix.ts')).matrix,
  report: async () => (await import('./report.ts')).report,
  apply: async () => (await import('./apply.ts')).apply,
  comment: async () => (await import('./comment.ts')).comment,
  drift: async () => (await import('./drift.ts')).drift,
  heal: async () => (await import('./heal.ts')).heal,
  status: async () => (await import('./status.ts')).status,
  history: async () => (await import('./history.ts')).history,
  rollback: async () => (await import('./rollback.ts')).rollback,
  hold: async () => (await import('./hold.ts')).hold,
  unhold: async () => (await import('./unhold.ts')).unhold,
  explain: async () => (await import('./explain.ts')).explain,
  rbac: async () => (await import('./rbac.ts')).rbac,
  doctor: async () => (await import('./doctor.ts')).doctor,
  init: async () => (await import('./init.ts')).init,
  unlock: async () => (await import('./unlock.ts')).unlock,
  delete: async () => (await import('./delete.ts')).deleteRelease,
};

/** These end a cancelled run themselves: what they have written has to be told. */
const writing: readonly OwnVerb[] = ['apply', 'comment', 'heal', 'rollback', 'delete', 'hold', 'unhold', 'unlock'];

/** Loads the verb's code, runs it and writes the reports that `--reports` asks for. Throws the verb's `Problem`. */
export async function runVerb(verb: OwnVerb, host: Host): Promise<Outcome> {
  const command = await commands[verb]();
  const outcome = await (writing.includes(verb) ? command(host) : unlessCancelled(host, command(host)));
  if (host.given.text('reports') !== undefined)
    await (await import('./telling/reports.ts')).writeReports(host, outcome);
  return outcome;
}
