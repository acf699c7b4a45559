import { readToml, type TomlBuilder, type TomlDatetime, TomlError } from '../../../yaml/index.ts';
import { type ByteString, fromText, toText } from '../../bytes.ts';
import { GoError } from '../../errors.ts';
import { dictOf, type GoMap, GoSlice, int64Of, listOf, sliceType, types, type Value } from '../../value.ts';
import { GoTime } from '../go-time.ts';
import { firstInvalidByte } from '../text/utf8.ts';
import { parseInstant } from '../time/parse.ts';
import { fixedZone, type Zone } from '../time/zone.ts';

/** Layouts of dates, and the name of the zone by which Go marks those without an offset. */
const DATES: Readonly<Record<TomlDatetime, { readonly layouts: readonly string[]; readonly zone?: string }>> = {
  offset: { layouts: ['2006-01-02T15:04:05.999999999Z07:00', '2006-01-02T15:04Z07:00'] },
  local: { layouts: ['2006-01-02T15:04:05.999999999', '2006-01-02T15:04'], zone: 'datetime-local' },
  date: { layouts: ['2006-01-02'], zone: 'date-local' },
  time: { layouts: ['15:04:05.999999999', '15:04'], zone: 'time-local' },
};

const TABLES = sliceType(types.dict);

/**
 * TOML as Helm's fromToml sees it: integers are int64, arrays of tables are typed lists. Throws a {@link GoError}.
 * @param local the machine's zone, whose offset dates without one get
 */
export function readTomlDict(text: ByteString, local: Zone): GoMap {
  const builder: TomlBuilder<Value> = {
    string: fromText,
    integer: int64Of,
    float: (value) => value,
    boolean: (value) => value,
    datetime: (value, kind) => dateOf(value, kind, local),
    array: listOf,
    tables: (items) => new GoSlice(TABLES, items),
    table: (entries) => dictOf([...entries].map(([key, value]) => [fromText(key), value] as const)),
  };
  // The library skips byte order marks of UTF-16 too.
  const unmarked = text.replace(/^(\xff\xfe|\xfe\xff)/, '');
  const invalid = firstInvalidByte(unmarked);
  if (invalid !== -1) {
    const line = unmarked.slice(0, invalid).split('\n').length;
    throw new GoError(`toml: line ${line}: invalid UTF-8 byte: 0x${unmarked.charCodeAt(invalid).toString(16)}`);
  }
  try {
    return readToml(toText(unmarked), builder) as GoMap;
  } catch (error) {
    if (error instanceof TomlError) throw new GoError(fromText(error.message));
    throw error;
  }
}

function dateOf(text: string, kind: TomlDatetime, local: Zone): Value {
  const { layouts, zone } = DATES[kind];
  const within = zone === undefined ? local : fixedZone(zone, local.at(0n).offset);
  // The second layout leaves the seconds out; an offset must not be taken for them.
  const [layout = ''] = kind !== 'date' && !/:\d\d:\d\d/.test(text) ? layouts.slice(1) : layouts;
  return new GoTime(parseInstant(layout, text, within));
}
