/** Numbers and times of TOML, from the text that was found to be one of them. */
import type { TomlDatetime, TomlNode } from './toml-tables.ts';

/** The value, or what is wrong with it. */
export function readTomlInteger(text: string): TomlNode | string {
  if (!underscoresOk(text)) return `Invalid integer ${JSON.stringify(text)}: underscores must be surrounded by digits`;
  if (hasLeadingZero(text)) return `Invalid integer ${JSON.stringify(text)}: cannot have leading zeroes`;
  const digits = text.replaceAll('_', '');
  if (!/^[-+]?(?:0|[1-9]\d*|0x[\da-fA-F]+|0o[0-7]+|0b[01]+)$/.test(digits)) {
    return `Invalid integer ${JSON.stringify(text)}: underscores must be surrounded by digits`;
  }
  const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) return `${text} is out of range for int64`;
  const safe = Number(value);
  return { type: 'integer', value: Number.isSafeInteger(safe) ? safe : value };
}

export function readTomlFloat(text: string): TomlNode | string {
  const parts = text.split(/[.eE]/).filter((part) => part !== '');
  const name = `Invalid float ${JSON.stringify(text)}`;
  if (!parts.every(underscoresOk)) return `${name}: underscores must be surrounded by digits`;
  if (parts[0] !== undefined && hasLeadingZero(parts[0])) return `${name}: cannot have leading zeroes`;
  if (/\.(?!\d)/.test(text)) return `${name}: '.' must be followed by one or more digits`;
  const digits = text.replaceAll('_', '');
  const special = /^([-+]?)(inf|nan)$/.exec(digits);
  if (special !== null) {
    if (special[2] === 'nan') return { type: 'float', value: Number.NaN };
    return { type: 'float', value: special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
  }
  if (!/^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(digits)) return `Invalid float value: ${JSON.stringify(text)}`;
  const value = Number(digits);
  return Number.isFinite(value) ? { type: 'float', value } : `${text} is out of range for float64`;
}

function underscoresOk(text: string): boolean {
  if (/^[-+]?(?:inf|nan)$/.test(text)) return true;
  return /[\da-fA-F]$/.test(text) && !/(?:^|[^\da-fA-F])_/.test(text);
}

function hasLeadingZero(text: string): boolean {
  return /^(?:0[^box]|[-+]0.)/.test(text);
}

const datetime = /^(?:(\d{4})-(\d\d)-(\d\d))?(T)?(?:(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(Z|[-+]\d\d:\d\d)?$/;

export function readTomlDatetime(text: string): TomlNode | string {
  const value = text.replaceAll('z', 'Z').replaceAll('t', 'T').replaceAll(' ', 'T');
  const kind = datetimeKind(value);
  return kind === undefined ? `invalid datetime: ${JSON.stringify(value)}` : { type: 'datetime', value, kind };
}

function datetimeKind(value: string): TomlDatetime | undefined {
  const match = datetime.exec(value);
  if (match === null) return undefined;
  const [, year, month = '1', day = '1', separator, hour, minute = '0', second = '0', zone] = match;
  const hasDate = year !== undefined;
  const hasTime = hour !== undefined;
  if ((separator !== undefined) !== (hasDate && hasTime) || (zone !== undefined && !(hasDate && hasTime)))
    return undefined;
  if (Number(hour ?? 0) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (zone !== undefined && zone !== 'Z' && (Number(zone.slice(1, 3)) > 24 || Number(zone.slice(4)) > 60))
    return undefined;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1) return undefined;
  if (Number(day) > new Date(Date.UTC(Number(year ?? 2000) + 400, Number(month), 0)).getUTCDate()) return undefined;
  if (!hasDate) return hasTime ? 'time' : undefined;
  return hasTime ? (zone === undefined ? 'local' : 'offset') : 'date';
}
