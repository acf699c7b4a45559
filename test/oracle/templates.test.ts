import { expect, test } from '@jest/globals';
import { HelmError, renderChart } from '../../src/helm/index.ts';
import type { Profile } from '../../src/helm/profile.ts';
import { findHelm, type Helm, type HelmOutcome, helmTemplate } from './helm.ts';
import { seededDraw } from './random-calls.ts';
import { DATA, HELPERS, randomTemplate } from './random-templates.ts';

/**
 * Random templates, rendered by the real helm and by ours. Those that succeed go into charts by the hundred, those that
 * fail cost a run of helm each. ORACLE_SEED and ORACLE_TEMPLATES repeat or widen a run.
 */
const seed = Number(process.env['ORACLE_SEED'] ?? Date.now() % 1_000_000);
const cases = Number(process.env['ORACLE_TEMPLATES'] ?? 1500);
const comparedFailures = Math.ceil(cases / 25);
const batchSize = 150;

const helm = findHelm();

if (typeof helm === 'string') {
  test.skip(`skipped: ${helm}`, () => {});
} else {
  test(`${cases} random templates end as with helm ${helm.profile.version} (seed ${seed})`, () => {
    const draw = seededDraw(seed);
    const templates = Array.from({ length: cases }, () => randomTemplate(draw));
    const succeeding = templates.filter((template) => ours([template], helm.profile).status === 'ok');
    const failing = templates.filter((template) => !succeeding.includes(template)).slice(0, comparedFailures);
    const differences = [
      ...batches(succeeding).flatMap((batch) => compare(helm, batch)),
      ...failing.flatMap((template) => compare(helm, [template])),
    ];
    process.stderr.write(
      `templates: seed ${seed}, ${succeeding.length} that succeed and ${failing.length} that fail compared with ` +
        `helm ${helm.profile.version}, ${differences.length} different\n`,
    );
    expect(differences).toEqual([]);
    expect(succeeding.length).toBeGreaterThan(cases / 10);
  }, 600_000);
}

function batches(templates: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(templates.length / batchSize) }, (_, index) =>
    templates.slice(index * batchSize, (index + 1) * batchSize),
  );
}

/** A batch that differs is halved until the template that makes the difference stands alone. */
function compare(by: Helm, batch: readonly string[]): string[] {
  const theirs = helmTemplate(by, chartOf(batch));
  const mine = ours(batch, by.profile);
  if (theirs.status === mine.status && theirs.text === mine.text) return [];
  if (batch.length === 1) return [`${JSON.stringify(batch[0])}\n  helm: ${theirs.text}\n  ours: ${mine.text}`];
  const half = batch.length >> 1;
  return [...compare(by, batch.slice(0, half)), ...compare(by, batch.slice(half))];
}

/** Each template is a partial of its own that gets its own copy of the data; one file holds all results as JSON. */
function chartOf(templates: readonly string[]): Record<string, string> {
  const partials = templates.map((text, index) => [`templates/_${index}.tpl`, text] as const);
  const results = templates.map(
    (_, index) => `t${index}: {{ include "oracle/templates/_${index}.tpl" (deepCopy .Values) | toJson }}\n`,
  );
  return {
    'Chart.yaml': 'apiVersion: v2\nname: oracle\nversion: 1.0.0\n',
    'values.yaml': JSON.stringify(DATA),
    'templates/_helpers.tpl': HELPERS,
    'templates/cases.yaml': results.join(''),
    ...Object.fromEntries(partials),
  };
}

function ours(templates: readonly string[], profile: Profile): HelmOutcome {
  const encoder = new TextEncoder();
  const files = Object.entries(chartOf(templates)).map(([name, text]) => [name, encoder.encode(text)] as const);
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
