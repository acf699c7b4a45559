import { HelmError, renderChart } from '../../src/helm/index.ts';
import type { Profile } from '../../src/helm/profile.ts';
import { type Helm, type HelmOutcome, helmTemplate } from './helm.ts';

const batchSize = 150;

/** What all templates of a test get as `.`, and the file with those that they may include. */
export interface Surroundings {
  readonly data: unknown;
  readonly helpers: string;
}

/** Renders the templates by the real helm and by ours, many in a chart; gives those that end differently. */
export function differing(by: Helm, templates: readonly string[], around: Surroundings): string[] {
  const batches = Array.from({ length: Math.ceil(templates.length / batchSize) }, (_, index) =>
    templates.slice(index * batchSize, (index + 1) * batchSize),
  );
  return batches.flatMap((batch) => compare(by, batch, around));
}

/** A batch that differs is halved until the template that makes the difference stands alone. */
function compare(by: Helm, batch: readonly string[], around: Surroundings): string[] {
  const theirs = helmTemplate(by, chartOf(batch, around));
  const mine = ours(batch, by.profile, around);
  if (theirs.status === mine.status && theirs.text === mine.text) return [];
  if (batch.length === 1) return [`${JSON.stringify(batch[0])}\n  helm: ${theirs.text}\n  ours: ${mine.text}`];
  const half = batch.length >> 1;
  return [...compare(by, batch.slice(0, half), around), ...compare(by, batch.slice(half), around)];
}

/** Each template is a partial of its own that gets its own copy of the data; one file holds all results as JSON. */
function chartOf(templates: readonly string[], { data, helpers }: Surroundings): Record<string, string> {
  const partials = templates.map((text, index) => [`templates/_${index}.tpl`, text] as const);
  const results = templates.map(
    (_, index) => `t${index}: {{ include "oracle/templates/_${index}.tpl" (deepCopy .Values) | toJson }}\n`,
  );
  return {
    'Chart.yaml': 'apiVersion: v2\nname: oracle\nversion: 1.0.0\n',
    'values.yaml': JSON.stringify(data),
    'templates/_helpers.tpl': helpers,
    'templates/cases.yaml': results.join(''),
    ...Object.fromEntries(partials),
  };
}

export function ours(templates: readonly string[], profile: Profile, around: Surroundings): HelmOutcome {
  const encoder = new TextEncoder();
  const files = Object.entries(chartOf(templates, around)).map(([name, text]) => [name, encoder.encode(text)] as const);
  try {
    const rendered = renderChart({
      source: { kind: 'folder', files: new Map(files) },
      values: {},
      release: { name: 'release', namespace: 'default' },
      options: { helm: profile.version },
      world: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
    });
    return { status: 'ok', text: new TextDecoder().decode(rendered.printed()) };
  } catch (error) {
    if (error instanceof HelmError) return { status: 'error', text: error.message.trimEnd() };
    throw error;
  }
}
