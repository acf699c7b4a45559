import { type ByteString, fromText, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { quote } from '../format/quote.ts';
import type { Method } from '../function.ts';
import { toYaml } from '../functions/encodings.ts';
import type { Profile } from '../profile.ts';
import { dictOf, GoMap, type GoType, types, type Value } from '../value.ts';

/** `.Values` (and `.` and `.Template`): a named map type with methods, which hide keys of the same name. */
export function valuesObject(entries: Map<ByteString, Value>, profile: Profile): GoMap {
  return new GoMap(profile.major === 3 ? helm3Type : helm4Type, entries);
}

function valuesType(name: string): GoType {
  const self: GoType = {
    kind: 'map',
    name,
    named: true,
    elem: types.any,
    methods: new Map<string, Method>([
      [
        'AsMap',
        {
          name: 'AsMap',
          params: [],
          result: types.dict,
          call: (receiver) => dictOf(entriesOf(receiver)),
        },
      ],
      [
        'Table',
        {
          name: 'Table',
          params: [types.string],
          result: types.dict,
          call: (receiver, [path]) => new GoMap(self, table(entriesOf(receiver), textOf(path).split('.'))),
        },
      ],
      [
        'PathValue',
        {
          name: 'PathValue',
          params: [types.string],
          result: types.any,
          call: (receiver, [path]) => pathValue(entriesOf(receiver), textOf(path)),
        },
      ],
      [
        'YAML',
        {
          name: 'YAML',
          params: [],
          result: types.string,
          call: (receiver) => `${toYaml(dictOf(entriesOf(receiver)))}\n`,
        },
      ],
      [
        'Encode',
        {
          name: 'Encode',
          params: [{ kind: 'interface', name: 'io.Writer', named: true }],
          result: types.any,
          // No value of a template is a writer, so a call can only end in this.
          call: () => {
            throw new GoError('invalid memory address or nil pointer dereference');
          },
        },
      ],
    ]),
  };
  return self;
}

const helm3Type = valuesType('chartutil.Values');
const helm4Type = valuesType('common.Values');

function entriesOf(receiver: Value): Map<ByteString, Value> {
  return receiver instanceof GoMap ? receiver.entries : new Map();
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? toText(value) : '';
}

function table(entries: Map<ByteString, Value>, path: readonly string[]): Map<ByteString, Value> {
  let current = entries;
  for (const key of path) {
    const next = current.get(fromText(key));
    if (!(next instanceof GoMap)) throw new GoError(`${quote(fromText(key))} is not a table`);
    current = next.entries;
  }
  return current;
}

function pathValue(entries: Map<ByteString, Value>, path: string): Value {
  if (path === '') throw new GoError('YAML path cannot be empty');
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const missing = new GoError(`${quote(fromText(last))} is not a value`);
  let holder: Map<ByteString, Value>;
  try {
    holder = table(entries, keys);
  } catch {
    throw missing;
  }
  const value = holder.get(fromText(last));
  if (value === undefined || value instanceof GoMap) throw missing;
  return value;
}
