/** What a run leaves in the folder of `--reports`, for people, test viewers and later jobs. */
import { join } from 'node:path';
import type { RunFacts } from '../../forge/ci.ts';
import { writeInside } from '../../source/write-inside.ts';
import type { Host, Outcome } from '../host.ts';
import { dotenvOf } from './outputs.ts';

/** What the pages say they are about: the merge request and its head, or the commit. */
export function aboutRun({ trigger, commit, runUrl }: RunFacts): {
  readonly about: string;
  readonly runUrl: string | undefined;
} {
  const about =
    trigger.kind === 'merge-request'
      ? `merge request ${trigger.number} at ${trigger.head.slice(0, 7)}`
      : commit === undefined
        ? 'this folder'
        : `commit ${commit.slice(0, 7)}`;
  return { about, runUrl };
}

/** Where the page of this run can be read; undefined where the forge shows no files of jobs, or not these. */
export function reportUrl(host: Host, { filesUrl }: RunFacts): string | undefined {
  const folder = host.given.text('reports');
  if (folder === undefined || filesUrl === undefined || !/^[\w-][\w./-]*$/.test(folder) || folder.includes('..'))
    return undefined;
  return `${filesUrl}/${folder.replace(/\/+$/, '')}/report.html`;
}

/** Writes the folder. What cannot be written is a warning: it must not hide what the run did. */
export async function writeReports(host: Host, outcome: Outcome): Promise<void> {
  const folder = host.given.text('reports');
  if (folder === undefined) return;
  const files = { ...outcome.reports?.(), 'pushgate.env': dotenvOf(outcome.outputs) };
  const { directory } = host;
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await writeInside({ directory, path, text: host.masked(content), mode: 'replace' });
    }
  } catch (error) {
    host.warn(
      `The reports could not be written to ${folder}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
