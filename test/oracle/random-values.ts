import type { Json } from '../../src/resource/resource.ts';

/** A chart with subcharts, values files and flags, as files in a folder and words of `helm template`. */
export interface ValuesCase {
  readonly files: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

type Draw = (bound: number) => number;
type JsonObject = { [key: string]: Json };

const KEYS = ['a', 'b', 'c', 'd', 'global', 'sub', 'two', 'deep', 'al', 'enabled', 'exports', 'tags', 'x.y'];
const SUBCHARTS = ['sub', 'two', 'deep'];
const SCALARS: readonly Json[] = [0, 1, -7, 2.5, 1e21, 123456789012, true, false, '', 'x', '1', 'null', 'true', '0x1f'];

/**
 * Everything that decides which value wins: defaults of a chart and its subcharts at two levels, globals, aliases,
 * conditions, tags, imports, nulls at every place, several values files and every flag that sets.
 */
export function randomValuesCase(draw: Draw): ValuesCase {
  const files: Record<string, string> = { 'user/text.txt': pick(draw, ['file text', 'a,b\n', '']) };
  writeChart({ draw, files, name: 'root', depth: 2, folder: '' });
  const flags: string[] = [];
  for (let count = draw(3); count > 0; count--) {
    const file = `user/${count}.yaml`;
    files[file] = JSON.stringify(tables(draw, randomObject(draw, 3)));
    flags.push('-f', file);
  }
  for (let count = draw(4); count > 0; count--) flags.push(...randomFlag(draw));
  return { files, flags };
}

interface ChartPlan {
  readonly draw: Draw;
  readonly files: Record<string, string>;
  readonly name: string;
  readonly depth: number;
  readonly folder: string;
}

function writeChart({ draw, files, name, depth, folder }: ChartPlan): void {
  const subcharts = depth === 0 ? [] : SUBCHARTS.filter(() => draw(2) === 0);
  const dependencies = subcharts.flatMap((subchart) => (draw(4) === 0 ? [] : randomDependencies(draw, subchart)));
  files[`${folder}Chart.yaml`] = JSON.stringify({ apiVersion: 'v2', name, version: '1.0.0', dependencies });
  if (draw(8) > 0) files[`${folder}values.yaml`] = JSON.stringify(tables(draw, randomObject(draw, 3)));
  files[`${folder}templates/seen.yaml`] =
    'kind: Seen\nvalues: {{ toJson .Values | quote }}\nsubcharts: {{ keys .Subcharts | sortAlpha | toJson }}\n';
  for (const subchart of subcharts) {
    writeChart({ draw, files, name: subchart, depth: depth - 1, folder: `${folder}charts/${subchart}/` });
  }
}

function randomDependencies(draw: Draw, name: string): Json[] {
  const dependency: JsonObject = {
    name,
    version: pick(draw, ['*', '1.0.0', '^1', '>=1.0.0-0', '2.x']),
    repository: '',
  };
  if (draw(3) === 0) {
    dependency['condition'] = pick(draw, [`${name}.enabled`, 'enabled', `${name}.enabled,global.enabled`, 'a.b']);
  }
  if (draw(4) === 0) dependency['tags'] = [pick(draw, ['a', 'b'])];
  if (draw(4) === 0) dependency['alias'] = 'al';
  if (draw(3) === 0) {
    const imports: Json[] = [
      'a',
      'b',
      { child: 'a', parent: 'c' },
      { child: 'exports', parent: '.' },
      { child: 'b', parent: 'a.b' },
    ];
    dependency['import-values'] = [pick(draw, imports)];
  }
  return draw(6) === 0 ? [dependency, { ...dependency, alias: 'again' }] : [dependency];
}

function randomValue(draw: Draw, depth: number): Json {
  const chosen = draw(10);
  if (chosen < 4 && depth > 0) return randomObject(draw, depth - 1);
  if (chosen === 4) return null;
  if (chosen === 5) return [1, 'x', null, { a: null }].slice(draw(4));
  return pick(draw, SCALARS);
}

function randomObject(draw: Draw, depth: number): JsonObject {
  const object: JsonObject = {};
  for (let count = draw(6); count >= 0; count--) object[pick(draw, KEYS)] = randomValue(draw, depth);
  return object;
}

/** Mostly without scalars where a subchart's table belongs, which would end nearly every case in the same error. */
function tables(draw: Draw, object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(
    ([key, value]) =>
      ![...SUBCHARTS, 'al', 'global', 'tags'].includes(key) ||
      (typeof value === 'object' && value !== null && !Array.isArray(value)) ||
      draw(12) === 0,
  );
  return Object.fromEntries(kept);
}

const PATHS = ['a', 'b', 'a.b', 'a.b.c', 'sub.a', 'sub.enabled', 'two.b.c', 'tags.a', 'global.a', 'deep.sub.c', 'al.a'];
const SHAPES = [...PATHS, ...PATHS, 'a[0]', 'a[2].b', 'b[1][0]', 'x\\.y', 'a.x\\.y', 'c[0].d', 'sub.d[1]'];
const SET = [
  '1',
  '-0',
  '007',
  '1e3',
  '1.5',
  'true',
  'null',
  '',
  'text',
  '{1,2}',
  '{}',
  '{a,null}',
  '[]',
  'a\\,b',
  '0x1f',
];
const JSONS = [
  '1',
  '1.0',
  'null',
  '"x"',
  '[1,null]',
  '{"b":null}',
  '{"b":{"c":1}}',
  '{}',
  'true',
  '123456789012345678',
];

function randomFlag(draw: Draw): string[] {
  const path = pick(draw, SHAPES);
  switch (draw(8)) {
    case 0:
      return ['--set-string', `${path}=${pick(draw, SET)}`];
    case 1:
      return ['--set-json', `${path}=${pick(draw, JSONS)}`];
    case 2:
      return ['--set-json', JSON.stringify(tables(draw, randomObject(draw, 2)))];
    case 3:
      return ['--set-literal', `${pick(draw, PATHS)}=${pick(draw, ['x,y', '{1}', 'null', '', 'a=b'])}`];
    case 4:
      return ['--set-file', `${path}=user/text.txt`];
    case 5:
      return ['--set', `${path}=${pick(draw, SET)},${pick(draw, SHAPES)}=${pick(draw, SET)}`];
    default:
      return ['--set', `${path}=${pick(draw, SET)}`];
  }
}

function pick<T>(draw: Draw, from: readonly T[]): T {
  return from[draw(from.length)] as T;
}
