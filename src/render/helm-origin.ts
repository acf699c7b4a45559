/** Where a field of a rendered Helm chart comes from, with places as people find them in the repository. */
import type { LocatedValue, Place, StretchOrigin, ValueSource } from '../helm/index.ts';
import { type DetectedChart, joined } from './detect.ts';
import { type ChartFiles, placeOf } from './rendered.ts';
import type { ValuesText } from './values.ts';

/** The files that a rendering was made of. */
export interface HelmSources {
  readonly chart: ChartFiles;
  readonly detected: DetectedChart & { readonly kind: 'helm' | 'helm-archive' };
  readonly values: readonly ValuesText[];
}

/** The value that stands in the field, if it stands there as it is, then the template that wrote it. */
export function originText(options: HelmSources, origin: StretchOrigin | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const sources = origin.values.flatMap(({ role, sources: [first] }) =>
    role === 'text' && first !== undefined ? first : [],
  );
  // What somebody set says more than a default of the chart that stands beside it.
  const ranked = [
    ...sources.filter((source) => !isDefault(options, source)),
    ...sources.filter((source) => isDefault(options, source)),
  ];
  const places = [...new Set(ranked.map(({ name, line }) => withLine(valuesPlace(options, name), line)))];
  const template = origin.written[0]?.place;
  const told = [
    ...(places.length === 0 ? [] : [places.slice(0, 2).join(' + ')]),
    ...(template === undefined ? [] : [withLine(sourcePlace(options, template.file), template.line)]),
  ];
  return told.length === 0 ? undefined : told.join(' → ');
}

function withLine(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

function isDefault({ values }: HelmSources, { name }: ValueSource): boolean {
  return !name.startsWith('--') && !values.some(({ path }) => path === name);
}

/** The chart's own values files are named from the chart, flags and values files as they are. */
function valuesPlace(options: HelmSources, name: string): string {
  const { chart, detected } = options;
  if (!isDefault(options, { name })) return name;
  return placeOf(chart, joined(detected.kind === 'helm' ? detected.folder : detected.file, name));
}

/** Helm names files by the chart's own name; people find them by the folder that the chart lies in. */
export function sourcePlace(options: HelmSources, path: string): string {
  const { chart, detected } = options;
  const inChart = path.slice(path.indexOf('/') + 1);
  return placeOf(chart, joined(detected.kind === 'helm' ? detected.folder : detected.file, inChart));
}

/** All that is known of a field, a line each: what wrote it, which values, under which conditions. Never a value itself. */
export function explainLines(options: HelmSources, origin: StretchOrigin | undefined): readonly string[] | undefined {
  if (origin === undefined) return undefined;
  // Plain text around an expression (a quote, a colon) says nothing new.
  const telling = origin.written.filter(({ place }) => place.expression !== undefined);
  return [
    ...(telling.length === 0 ? origin.written : telling).flatMap(({ place, includedFrom }) => [
      `written by     ${placeText(options, place)}`,
      ...includedFrom.map((from) => `included from  ${placeText(options, from)}`),
    ]),
    ...origin.values.map(
      (value) => `${value.role === 'text' ? 'value' : 'computed from'}`.padEnd(15) + valueText(options, value),
    ),
    ...origin.conditions.map(
      ({ place, taken }) => `because        ${placeText(options, place)}${taken === 'otherwise' ? ' (otherwise)' : ''}`,
    ),
    ...origin.varying.map((name) => `varies         ${name} gives something new in every rendering`),
  ];
}

function placeText(options: HelmSources, { file, line, column, expression }: Place): string {
  const where = `${sourcePlace(options, file)}:${line}:${column}`;
  return expression === undefined ? where : `${where}  ${expression}`;
}

function valueText(options: HelmSources, { path, sources, setAt }: LocatedValue): string {
  const [counts, ...overridden] = sources.map(({ name, line }) => withLine(valuesPlace(options, name), line));
  const set = setAt === undefined ? '' : `, set by ${placeText(options, setAt)}`;
  const over = overridden.length === 0 ? '' : `, over ${overridden.join(', ')}`;
  return `.${path.join('.')}${counts === undefined ? '' : `  ${counts}`}${over}${set}`;
}
