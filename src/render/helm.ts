/** Helm charts, rendered by the engine. */
import type { ResolvedRelease } from '../config/config.ts';
import { Problem } from '../problem.ts';
import type { DetectedChart } from './detect.ts';
import { type ChartFiles, placeOf, type RenderedText } from './rendered.ts';
import type { Setting } from './settings.ts';
import type { ValuesText } from './values.ts';

export interface RenderHelmOptions {
  readonly chart: ChartFiles;
  readonly detected: DetectedChart & { readonly kind: 'helm' | 'helm-archive' };
  readonly release: ResolvedRelease;
  readonly values: readonly ValuesText[];
  readonly settings: readonly Setting[];
}

export function renderHelm(options: RenderHelmOptions): {
  readonly texts: readonly RenderedText[];
  readonly notices: readonly string[];
} {
  throw new Problem({
    reason: 'render-failed',
    message: 'Helm charts cannot be rendered yet',
    where: placeOf(options.chart, options.chart.path),
  });
}
