import { readYamlWithPositions, YamlError } from '../yaml/index.ts';
import { type ByteString, fromBytes, fromText, toText } from './bytes.ts';
import type { Chart } from './chart/chart.ts';
import type { ChartTemplate } from './chart/templates.ts';
import type { ValuesFile } from './chart/values.ts';
import { LimitError } from './errors.ts';
import { HelmError } from './helm-error.ts';
import { TemplateError, type TraceEntry } from './template/template-error.ts';
import { GoMap } from './value.ts';

/** What is known about a rendering that failed. */
export interface FailedRendering {
  readonly templates: readonly ChartTemplate[];
  /** The files the user gave, in their order. */
  readonly files: readonly ValuesFile[];
}

/** A text that gives values to a chart. */
interface Source {
  readonly name: string;
  readonly text: ByteString;
  /** Where the chart's section begins in it. */
  readonly prefix: readonly string[];
}

/** The engine's error with the source line, a caret, and for a value that is missing what was probably meant. */
export function explainTemplateError(error: unknown, failed: FailedRendering): unknown {
  if (error instanceof LimitError) {
    return new HelmError({ stage: 'limit', message: error.message, cause: error });
  }
  if (!(error instanceof TemplateError)) return error;
  const innermost = error.trace.at(-1);
  return new HelmError({
    stage: 'template',
    message: error.message,
    file: innermost?.file,
    line: innermost?.line,
    column: innermost === undefined ? undefined : innermost.column + 1,
    excerpt: innermost === undefined ? undefined : excerptOf(innermost, error),
    hint: innermost === undefined ? undefined : missingValue(innermost, failed),
    cause: error,
  });
}

/** The source line with a caret under the byte Helm names. Parse errors have no column. */
function excerptOf(at: TraceEntry, error: TemplateError): string | undefined {
  if (error.sourceLine === undefined) return undefined;
  const number = String(at.line).padStart(5);
  const source = `${number} | ${error.sourceLine}`;
  if (error.stage === 'parse') return source;
  const before = toText(fromText(error.sourceLine).slice(0, at.column));
  return `${source}\n      | ${before.replace(/[^\t]/g, ' ')}^`;
}

/** For a node that reads `.Values.a.b.c`: the first key of the path that has no value, and the nearest one there is. */
function missingValue(at: TraceEntry, failed: FailedRendering): string | undefined {
  const path = /\.Values((?:\.[\p{L}\p{N}_]+)+)/u.exec(at.node)?.[1]?.slice(1).split('.');
  const template = failed.templates.find(({ name }) => toText(name) === at.file);
  const values = template?.data.entries.get('Values');
  if (path === undefined || template === undefined || !(values instanceof GoMap)) return undefined;
  let table = values;
  for (const [index, key] of path.entries()) {
    const value = table.entries.get(fromText(key));
    if (value instanceof GoMap) {
      table = value;
      continue;
    }
    if (value !== undefined && value !== null) return undefined;
    const sources = sourcesOf(template.chart, failed.files);
    const parents = path.slice(0, index);
    // A default without a value is taken out of the values by newer Helms, so it may only be seen in the file.
    const written = located([...parents, key], sources);
    if (value === null || written !== '') return `${['.Values', ...parents, key].join('.')} is null${written}`;
    return describeAbsent(parents, key, table, sources);
  }
  return undefined;
}

function describeAbsent(parents: readonly string[], key: string, table: GoMap, sources: readonly Source[]): string {
  const files = [...new Set(sources.map(({ name }) => name))].join(', ');
  const place = located(parents, sources) || (files === '' ? '' : ` (${files})`);
  const absent = `${['.Values', ...parents].join('.')} has no key ${JSON.stringify(key)}${place}`;
  const similar = nearestKey(key, [...table.entries.keys()].map(toText));
  if (similar === undefined) return absent;
  return `${absent}; the nearest is ${JSON.stringify(similar)}${located([...parents, similar], sources)}`;
}

/** ` (values.yaml:12)`: the strongest source that has the path; empty when none has it. */
function located(path: readonly string[], sources: readonly Source[]): string {
  for (const source of sources.toReversed()) {
    const line = lineIn(source, path);
    if (line !== undefined) return ` (${source.name}:${line})`;
  }
  return '';
}

/** What gives values to a chart, the weakest first: its own defaults, those of its parents, the user's files. */
function sourcesOf(chart: Chart, files: readonly ValuesFile[]): readonly Source[] {
  const sources: Source[] = [];
  let prefix: readonly string[] = [];
  for (let owner: Chart | undefined = chart; owner !== undefined; owner = owner.parent) {
    if (owner.valuesText !== undefined) {
      sources.push({ name: `${owner.location}values.yaml`, text: owner.valuesText, prefix });
    }
    if (owner.parent !== undefined) prefix = [toText(owner.metadata.name), ...prefix];
  }
  return [...sources, ...files.map(({ name, data }) => ({ name, text: fromBytes(data), prefix }))];
}

function lineIn(source: Source, path: readonly string[]): number | undefined {
  if (path.length === 0) return undefined;
  try {
    return readYamlWithPositions(toText(source.text)).keyAt([...source.prefix, ...path])?.line;
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}

/** The key with the smallest edit distance, when it is small enough to be a slip. */
function nearestKey(typed: string, keys: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(typed.length / 3));
  const ranked = keys
    .filter((key) => Math.abs(key.length - typed.length) <= most)
    .map((key) => ({ key, distance: editDistance(typed.toLowerCase(), key.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.key;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
