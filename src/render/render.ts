/** The one door of rendering: a release with its files and values → objects. */
import { Problem } from '../problem.ts';
import { type DetectedChart, detectChart } from './detect.ts';
import { renderKustomize } from './kustomize.ts';
import { maskSecrets } from './mask.ts';
import { readObjects } from './objects.ts';
import { refuseValues, renderPlain } from './plain.ts';
import type { ChartFiles, HelmChart, Rendered, RenderedText, RenderOptions } from './rendered.ts';
import { readSettings, type Settings } from './settings.ts';
import { readValuesFiles } from './values.ts';

interface Texts {
  readonly helmChart?: HelmChart;
  readonly supplied?: Rendered['supplied'];
  readonly drawn?: Rendered['drawn'];
  readonly texts: readonly RenderedText[];
  readonly notices: readonly string[];
}

/**
 * Every failure is a Problem that says where; secrets do not stand in it. The order of the objects is that in which
 * they were written (Helm: the order in which Helm would install them).
 */
export async function renderRelease(options: RenderOptions): Promise<Rendered> {
  const settings = readSettings(options);
  try {
    const { texts, notices, helmChart, supplied, drawn } = await renderTexts(options, settings);
    const { namespace } = options.release;
    const { objects, hooks } = readObjects({ texts, namespace, scope: options.scope });
    return {
      ...{ helmChart, supplied, drawn, objects, hooks, secrets: settings.secrets },
      notices: [...settings.notices, ...notices],
    };
  } catch (error) {
    throw error instanceof Problem ? maskSecrets(error, settings.secrets) : error;
  }
}

async function renderTexts(options: RenderOptions, settings: Settings): Promise<Texts> {
  const { release, env } = options;
  const chart = chartFilesOf(options);
  const detected = detectChart(chart);
  switch (detected.kind) {
    case 'plain':
      refuseValues(release, 'plain manifests');
      return { texts: renderPlain(chart, detected.files), notices: [] };
    case 'kustomize':
      refuseValues(release, 'kustomizations');
      return { texts: await renderKustomize({ chart, folder: detected.folder, env }), notices: [] };
    case 'handlebars': {
      const values = readValuesFiles(release, options.repository);
      const { folder } = detected;
      const { renderHandlebars } = await import('./handlebars.ts');
      const texts = renderHandlebars({ chart, folder, release, values: values.files, settings: settings.settings });
      return { texts, notices: values.notices };
    }
    case 'helm':
    case 'helm-archive':
      return await renderHelmChart(options, settings, chart, detected);
  }
}

/** Each engine is loaded with the first chart that needs it: starting must not cost what is not used. */
async function renderHelmChart(
  options: RenderOptions,
  settings: Settings,
  chart: ChartFiles,
  detected: DetectedChart & { readonly kind: 'helm' | 'helm-archive' },
): Promise<Texts> {
  const { renderHelm } = await import('./helm.ts');
  const { release } = options;
  const values = readValuesFiles(release, options.repository);
  const rendered = await renderHelm({
    chart,
    detected,
    release,
    values: values.files,
    settings: settings.settings,
    origins: options.origins,
    draws: options.draws,
  });
  const { helmChart, supplied, drawn, texts } = rendered;
  return { helmChart, supplied, drawn, texts, notices: [...values.notices, ...rendered.notices] };
}

function chartFilesOf(options: RenderOptions): ChartFiles {
  if (options.chart !== undefined) return options.chart;
  const { chart, name } = options.release;
  if (chart.kind === 'path') return { files: options.repository, path: chart.path, origin: '' };
  throw new Error(`the files of the chart of ${name} were not given`);
}
