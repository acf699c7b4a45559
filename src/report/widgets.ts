/**
 * What forges show beside a merge request: notes on the lines that a change comes from, GitLab's code quality list and
 * its count of created, updated and deleted things (docs.gitlab.com: "Code Quality report format", "Terraform integration
 * in merge requests").
 */
import { createHash } from 'node:crypto';
import type { Change, Plan } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';
import { changesOf, changeWords, dangerous } from './change-text.ts';

/** A note on a line of the repository. */
export interface Annotation {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly text: string;
}

/** What nobody may overlook, on the line that this merge request sets it by; once where environments agree. */
export function annotationsOf(plans: readonly Plan[]): readonly Annotation[] {
  const found = new Map<string, { readonly annotation: Annotation; readonly environments: string[] }>();
  for (const plan of plans)
    for (const change of changesOf(plan))
      for (const annotation of annotationsOfChange(change)) {
        const id = JSON.stringify(annotation);
        const known = found.get(id);
        if (known === undefined) found.set(id, { annotation, environments: [plan.environment] });
        else known.environments.push(plan.environment);
      }
  return [...found.values()].map(({ annotation, environments }) => ({
    ...annotation,
    text: `${annotation.text} (${environments.join(', ')})`,
  }));
}

function annotationsOfChange(change: Change): readonly Annotation[] {
  const meaning = change.consequences.filter(({ kind }) => dangerous.has(kind)).map(({ text }) => text);
  const place = change.fields.map(({ origin }) => placeIn(origin)).find((one) => one !== undefined);
  if (meaning.length === 0 || place === undefined || !change.causes.includes('merge-request')) return [];
  const title = formatKey(change.key);
  return [{ ...place, title, text: `${title}: ${changeWords(change, 3)}: ${meaning.join('; ')}` }];
}

/** The first place of an origin, `values/catalog.yaml:9 → templates/deployment.yaml:18`; a path that leaves the repository is none. */
function placeIn(origin: string | undefined): Pick<Annotation, 'file' | 'line'> | undefined {
  const match = /^([^\s:]+):(\d+)/.exec(origin ?? '');
  if (match?.[1] === undefined || match[1].startsWith('/') || match[1].split('/').includes('..')) return undefined;
  return { file: match[1], line: Number(match[2]) };
}

/** GitLab's code quality report: the list beside the merge request, each with its line. */
export function codeQuality(annotations: readonly Annotation[]): string {
  const entries = annotations.map(({ file, line, title, text }) => ({
    description: text,
    check_name: 'pushgate',
    fingerprint: createHash('sha256').update(`${file}\n${title}\n${text}`).digest('hex').slice(0, 32),
    severity: 'major',
    location: { path: file, lines: { begin: line } },
  }));
  return `${JSON.stringify(entries, undefined, 2)}\n`;
}

/** GitLab's `terraform` report: three numbers above the merge request's changes. */
export function terraformReport(plans: readonly Plan[]): string {
  const changes = plans.flatMap(changesOf);
  const count = (...actions: readonly Change['action'][]): number =>
    changes.filter(({ action }) => actions.includes(action)).length;
  const report = { create: count('create'), update: count('update', 'replace', 'adopt'), delete: count('delete') };
  return `${JSON.stringify(report)}\n`;
}
