import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fromText, toText } from '../bytes.ts';
import { capabilitiesFor } from '../chart/capabilities.ts';
import { loadChart } from '../chart/load.ts';
import { releaseObject } from '../chart/release-object.ts';
import { chartTemplates } from '../chart/templates.ts';
import { helmFunctions } from '../functions/index.ts';
import { newestHelm, profileOf } from '../profile.ts';
import { dictOf, GoMap } from '../value.ts';
import { TemplateError } from './template-error.ts';
import { parseTemplates } from './template-set.ts';
import { Trace } from './trace.ts';

interface Vectors {
  readonly helm: string;
  readonly values: unknown;
  readonly vectors: readonly { readonly template: string; readonly output?: string; readonly error?: string }[];
}

/** What a real Helm answered; `node scripts/helm-vectors.ts HELM` asks it again. */
const { helm, values, vectors } = JSON.parse(
  readFileSync(new URL('./testdata/template-vectors.json', import.meta.url), 'utf8'),
) as Vectors;

const profile = profileOf(newestHelm);
if (profile === undefined) throw new Error(`no profile for ${newestHelm}`);

const encoder = new TextEncoder();

type Answer = { readonly output: string } | { readonly error: string };

function render(template: string, trace?: Trace): Answer {
  if (profile === undefined) return { error: 'no profile' };
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\n',
    'values.yaml': JSON.stringify(values),
    'templates/_t.tpl': template,
    'templates/out.yaml': 'text: {{ include "c/templates/_t.tpl" . | toJson }}\n',
  };
  const chart = loadChart(
    { kind: 'folder', files: new Map(Object.entries(files).map(([name, text]) => [name, encoder.encode(text)])) },
    { profile, warn: () => {} },
  );
  const facts = { name: fromText('r'), namespace: fromText('n'), isUpgrade: false, revision: 1 };
  const objects = { release: releaseObject(facts), capabilities: capabilitiesFor({}, profile).value };
  const templates = chartTemplates(chart, chart.values ?? dictOf(), objects, profile);
  try {
    const set = parseTemplates(
      templates.map(({ name, source }) => ({ name, text: source })),
      {
        functions: helmFunctions(profile),
        environment: { randomBytes: (count) => new Uint8Array(count), now: () => 0n, timeZone: 'UTC' },
        goVersion: '1.26',
        errorLayout: 'blocks',
        ...(trace === undefined ? {} : { trace }),
      },
    );
    const name = 'c/templates/out.yaml';
    const data = templates.find((one) => one.name === name);
    data?.data.entries.set('Template', data.template);
    return {
      output: toText(set.execute(name, data?.data ?? null))
        .slice('text: '.length)
        .trimEnd(),
    };
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

describe(`templates give what Helm ${helm} gives`, () => {
  for (const { template, output, error } of vectors) {
    test(JSON.stringify(template), () => {
      const rendered = render(template);
      const got = 'output' in rendered ? { output: JSON.parse(rendered.output) } : rendered;
      expect(got).toEqual(error === undefined ? { output } : { error });
    });
  }
});

test('recording the provenance changes no output and no error', () => {
  for (const { template } of vectors) expect(render(template, new Trace())).toEqual(render(template));
});

test('no vector leaves anything behind in the prototypes', () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(new GoMap({ kind: 'map', name: 'm', named: false }, new Map()).entries.get('constructor')).toBeUndefined();
});
