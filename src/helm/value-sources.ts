import type { YamlPath } from '../yaml/index.ts';
import { type ByteString, fromBytes, fromText, toText } from './bytes.ts';
import type { Chart } from './chart/chart.ts';
import { setFiles, setJson, setLiteral, setStrings, setTyped } from './chart/set-values.ts';
import type { ValueOptions } from './chart/values.ts';
import { GoError } from './errors.ts';
import { dictOf, GoMap, GoSlice, type Value } from './value.ts';
import { YamlTexts } from './yaml-texts.ts';

/** Something that gives a value: a place in a values file, or a flag. */
export interface ValueSource {
  /** The file as it was given, `charts/redis/values.yaml` of the chart, or `--set image.tag`. Never a value. */
  readonly name: string;
  /** From 1; absent for flags. */
  readonly line?: number;
  readonly column?: number;
}

/** Finds what gave a value of a release, and what that overrode. */
export class ValueSources {
  readonly #chart: Chart;
  readonly #options: ValueOptions;
  readonly #texts = new YamlTexts();
  readonly #flags: readonly Flag[];

  constructor(chart: Chart, options: ValueOptions) {
    this.#chart = chart;
    this.#options = options;
    this.#flags = flagsOf(options);
  }

  /**
   * Everything that gives a value to a path below `.Values` of the root chart, the strongest first: that one counts, the
   * others are overridden. Empty for what no file or flag gives.
   */
  of(path: readonly string[]): readonly ValueSource[] {
    const spellings = [path, ...globalSpellings(path)];
    return [
      ...this.#flags
        .filter(({ values }) => spellings.some((spelling) => has(values, spelling)))
        .map(({ name }) => ({ name: `${name} ${path.join('.')}` })),
      ...[...(this.#options.files ?? [])]
        .reverse()
        .flatMap(({ name, data }) => this.#inText(name, fromBytes(data), spellings)),
      ...spellings.flatMap((spelling) => this.#inChart(this.#chart, spelling)),
    ];
  }

  /** A chart's defaults, over those of the subchart that the path leads into. */
  #inChart(chart: Chart, path: readonly string[]): readonly ValueSource[] {
    const own =
      chart.valuesText === undefined ? [] : this.#inText(`${chart.location}values.yaml`, chart.valuesText, [path]);
    const subchart = chart.dependencies.find(({ metadata }) => toText(metadata.name) === path[0]);
    return subchart === undefined ? own : [...own, ...this.#inChart(subchart, path.slice(1))];
  }

  #inText(name: string, text: ByteString, paths: readonly YamlPath[]): readonly ValueSource[] {
    const read = this.#texts.of(text);
    for (const path of paths) {
      const place = path.length === 0 ? undefined : (read?.keyAt(path) ?? read?.valueAt(path));
      if (place !== undefined) return [{ name, line: place.line, column: place.column }];
    }
    return [];
  }
}

/** `sub.global.x` of a subchart is `global.x` of the charts above it. */
function globalSpellings(path: readonly string[]): readonly (readonly string[])[] {
  const at = path.indexOf('global');
  return at <= 0
    ? []
    : Array.from({ length: at }, (_, parents) => [...path.slice(0, parents), ...path.slice(at)]).reverse();
}

/** A flag and the values it gives by itself. */
interface Flag {
  readonly name: string;
  readonly values: GoMap;
}

/** All flags, the strongest first: Helm applies them kind by kind. */
function flagsOf(options: ValueOptions): readonly Flag[] {
  const kinds: readonly (readonly [
    string,
    readonly string[] | undefined,
    (argument: string, values: GoMap) => void,
  ])[] = [
    ['--set-json', options.setJson, setJson],
    ['--set', options.set, setTyped],
    ['--set-string', options.setString, setStrings],
    ['--set-file', options.setFile, (argument, values) => setFiles(argument, values, () => '')],
    ['--set-literal', options.setLiteral, setLiteral],
  ];
  return kinds
    .flatMap(([name, flags, set]) => (flags ?? []).map((argument) => ({ name, values: valuesOf(argument, set) })))
    .reverse();
}

function valuesOf(argument: string, set: (argument: string, values: GoMap) => void): GoMap {
  const values = dictOf();
  try {
    set(argument, values);
  } catch (error) {
    // A flag may build on what an earlier one gave; what it cannot give alone is attributed to that one.
    if (!(error instanceof GoError)) throw error;
  }
  return values;
}

function has(values: Value, path: readonly string[]): boolean {
  let current: Value | undefined = values;
  for (const key of path) {
    if (current instanceof GoMap) current = current.entries.get(fromText(key));
    else if (current instanceof GoSlice) current = current.items[Number(key)];
    else return false;
    if (current === undefined) return false;
  }
  return true;
}
