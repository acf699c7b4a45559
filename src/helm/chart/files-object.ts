import { type ByteString, toBytes, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import type { Method } from '../function.ts';
import { encodeBase64 } from '../functions/codec.ts';
import { toYaml } from '../functions/encodings.ts';
import { GoBytes, GoMap, type GoType, sortedKeys, stringsOf, types, type Value } from '../value.ts';
import type { ChartFile } from './chart.ts';
import { compileGlob, matchesGlob } from './glob.ts';

/** `.Files`: the chart's other files by name, as bytes, with the methods templates read them by. */
export function filesObject(files: readonly ChartFile[]): GoMap {
  return new GoMap(filesType, new Map(files.map(({ name, data }) => [name, new GoBytes(data)])));
}

const filesType: GoType = {
  kind: 'map',
  name: 'engine.files',
  named: true,
  elem: types.bytes,
  methods: new Map<string, Method>(),
};

const methods: readonly Method[] = [
  {
    name: 'Get',
    params: [types.string],
    result: types.string,
    call: (receiver, [name]) => contents(receiver, name) ?? '',
  },
  {
    name: 'GetBytes',
    params: [types.string],
    result: types.bytes,
    call: (receiver, [name]) => new GoBytes(contents(receiver, name) ?? ''),
  },
  {
    name: 'Glob',
    params: [types.string],
    result: filesType,
    call(receiver, [pattern]) {
      const glob = compileGlob(toText(typeof pattern === 'string' ? pattern : ''));
      const entries = receiver instanceof GoMap ? [...receiver.entries] : [];
      return new GoMap(filesType, new Map(entries.filter(([name]) => matchesGlob(glob, toText(name)))));
    },
  },
  {
    name: 'AsConfig',
    params: [],
    result: types.string,
    call: (receiver) => byBaseName(receiver, (data) => data),
  },
  {
    name: 'AsSecrets',
    params: [],
    result: types.string,
    call: (receiver) => byBaseName(receiver, (data) => encodeBase64(toBytes(data))),
  },
  {
    name: 'Lines',
    params: [types.string],
    result: types.strings,
    call(receiver, [name]) {
      const data = contents(receiver, name);
      if (data === undefined) return stringsOf([]);
      // Helm looks at the last byte without asking whether there is one.
      if (data === '') throw new GoError('runtime error: index out of range [-1]');
      return stringsOf((data.endsWith('\n') ? data.slice(0, -1) : data).split('\n'));
    },
  },
];

for (const method of methods) (filesType.methods as Map<string, Method>).set(method.name, method);

function contents(receiver: Value, name: Value | undefined): ByteString | undefined {
  const file = receiver instanceof GoMap && typeof name === 'string' ? receiver.entries.get(name) : undefined;
  return file instanceof GoBytes ? file.bytes : undefined;
}

/** A YAML map from base names; of several files with one name the last by path counts (in Helm: any). */
function byBaseName(receiver: Value, show: (data: ByteString) => ByteString): ByteString {
  if (!(receiver instanceof GoMap)) return '';
  const entries = sortedKeys(receiver).map(
    (path) => [path.slice(path.lastIndexOf('/') + 1), show(contents(receiver, path) ?? '')] as const,
  );
  return toYaml(new GoMap(types.stringMap, new Map(entries)));
}
