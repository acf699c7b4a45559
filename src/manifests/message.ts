/** The commit message of an apply: says at a glance what came from where, and carries the same as trailers. */
import type { Change } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';

export interface WrittenRelease {
  readonly name: string;
  readonly revision: number;
  readonly mergeRequests: readonly number[];
  readonly breakGlass?: string | undefined;
  readonly writes: readonly Change[];
}

export type WriteIntent = 'apply' | 'rollback' | 'heal' | 'delete';

const words: Readonly<Record<WriteIntent, readonly [verb: string, preposition: string]>> = {
  apply: ['Apply', 'to'],
  rollback: ['Roll back', 'in'],
  heal: ['Heal', 'in'],
  delete: ['Delete', 'from'],
};

export interface MessageInput {
  readonly environment: string;
  readonly intent: WriteIntent;
  readonly source: { readonly repository: string; readonly commit: string };
  readonly releases: readonly WrittenRelease[];
}

/** Objects named in a message; a large release is better read in the commit itself. */
const mostNamed = 30;

/**
 * Subject of at most 72 characters where the names allow it, releases with their objects, then trailers for machines.
 */
export function commitMessage({ environment, intent, source, releases }: MessageInput): string {
  const changed = releases.filter(({ writes }) => writes.length > 0);
  const names = changed.map(({ name }) => name).join(', ');
  const short = source.commit.slice(0, 7);
  const [verb, preposition] = words[intent];
  const place = `${preposition} ${environment}${intent === 'apply' ? ` from ${short}` : intent === 'rollback' ? ` to ${short}` : ''}`;
  const whole = changed.length === 0 ? `Record ${environment} at ${short}` : `${verb} ${names} ${place}`;
  const subject = whole.length <= 72 ? whole : `${verb} ${changed.length} releases ${place}`;
  const body = changed.map(({ name, revision, writes }) => {
    const lines = writes
      .slice(0, mostNamed)
      .map(({ action, key }) => `- ${action} ${formatKey(key).replace(/\s+/g, ' ')}`);
    const more = writes.length > mostNamed ? [`- and ${writes.length - mostNamed} more`] : [];
    return [`${name}, revision ${revision}:`, ...lines, ...more].join('\n');
  });
  const requests = [...new Set(releases.flatMap(({ mergeRequests }) => mergeRequests))].sort((a, b) => a - b);
  const trailers = [
    `Pushgate-Environment: ${environment}`,
    ...(source.repository === '' ? [] : [`Pushgate-Repository: ${source.repository}`]),
    `Pushgate-Commit: ${source.commit}`,
    ...requests.map((number) => `Pushgate-Merge-Request: ${number}`),
    ...releases.flatMap(({ name, breakGlass }) =>
      breakGlass === undefined ? [] : `Pushgate-Break-Glass: ${name} by ${breakGlass}`.replace(/\s+/g, ' '),
    ),
  ].join('\n');
  return `${[subject, ...body, trailers].join('\n\n')}\n`.replace(/[^\n\x20-\x7e\u00a0-\uffff]/g, '\ufffd');
}
