/** Plain manifests: the files are what is applied. */
import type { ResolvedRelease } from '../config/config.ts';
import { Problem } from '../problem.ts';
import { type ChartFiles, placeOf, type RenderedText } from './rendered.ts';

/** The files as they are, in the order given. */
export function renderPlain(chart: ChartFiles, files: readonly string[]): readonly RenderedText[] {
  return files.map((file) => ({
    source: placeOf(chart, file),
    text: new TextDecoder().decode(chart.files.get(file)),
    verbatim: true,
  }));
}

/** Values for a chart that has no use for them would be read and not kept to, so they are refused. */
export function refuseValues(release: ResolvedRelease, kind: string): void {
  const given = [
    release.values.length > 0 ? 'values' : undefined,
    ...(['set', 'late', 'secrets'] as const).map((key) => (Object.keys(release[key]).length > 0 ? key : undefined)),
  ].filter((key) => key !== undefined);
  if (given.length === 0) return;
  throw new Problem({
    reason: 'config-invalid',
    message: `release ${release.name} has ${given.join(' and ')}, but ${kind} take no values`,
    hint: 'Only Helm and Handlebars charts do.',
  });
}
