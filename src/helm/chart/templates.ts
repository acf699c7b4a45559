import { type ByteString, toText } from '../bytes.ts';
import type { Profile } from '../profile.ts';
import { dictOf, type GoMap, type Value } from '../value.ts';
import { type Chart, chartPath, isLibrary } from './chart.ts';
import { chartObject } from './chart-object.ts';
import { tableAt } from './dependencies.ts';
import { filesObject } from './files-object.ts';
import { valuesObject } from './values-object.ts';

/** A template of a chart or subchart with everything its execution needs. */
export interface ChartTemplate {
  /** As it stands in `# Source:`, e.g. `shop/charts/redis/templates/service.yaml`. */
  readonly name: ByteString;
  readonly source: ByteString;
  readonly chart: Chart;
  /** The object templates of this chart see as `.`; shared by all of them, so that what one sets the next one sees. */
  readonly data: GoMap;
  /** `.Template`, to be put into `data` just before this template runs. */
  readonly template: GoMap;
}

/** What is the same for all charts of a release. */
export interface ReleaseObjects {
  readonly release: Value;
  readonly capabilities: Value;
}

/**
 * The templates of a chart and its subcharts in the order Helm parses and executes them: deepest path first, and
 * within one depth from Z to A. The order shows: templates write into values that later ones read.
 */
export function chartTemplates(
  chart: Chart,
  values: GoMap,
  objects: ReleaseObjects,
  profile: Profile,
): ChartTemplate[] {
  const templates = new Map<ByteString, ChartTemplate>();
  collect(chart, values, objects, profile, templates);
  return [...templates.values()].sort((a, b) => -compareByDepth(a.name, b.name));
}

function collect(
  chart: Chart,
  values: GoMap,
  objects: ReleaseObjects,
  profile: Profile,
  templates: Map<ByteString, ChartTemplate>,
): GoMap {
  const subcharts = dictOf();
  const own = valuesObject(values.entries, profile);
  const data = dictOf([
    ['Chart', chartObject(chart, profile)],
    ['Files', filesObject(chart.files)],
    ['Release', objects.release],
    ['Capabilities', objects.capabilities],
    ['Values', own],
    ['Subcharts', subcharts],
  ]);
  for (const subchart of chart.dependencies) {
    const name = subchart.metadata.name;
    // A dot in a chart's name is read as a path, and so such a chart gets no values.
    const section = tableAt(values, toText(name)) ?? dictOf();
    subcharts.entries.set(name, collect(subchart, section, objects, profile, templates));
  }
  const path = chartPath(chart);
  for (const file of chart.templates) {
    const name = `${path}/${file.name}`;
    if (isLibrary(chart) && !baseName(file.name).startsWith('_')) continue;
    const template = valuesObject(
      new Map<ByteString, Value>([
        ['Name', name],
        ['BasePath', `${path}/templates`],
      ]),
      profile,
    );
    templates.set(name, { name, source: file.data, chart, data: valuesObject(data.entries, profile), template });
  }
  return data;
}

export function baseName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

function compareByDepth(a: ByteString, b: ByteString): number {
  const depth = a.split('/').length - b.split('/').length;
  return depth !== 0 ? depth : a < b ? -1 : a > b ? 1 : 0;
}
