import type { ByteString } from '../../bytes.ts';
import { ZONE_ABBREVIATIONS } from './zone-names.ts';

/** What a clock in a zone shows at one moment. */
export interface ZoneState {
  /** Seconds east of UTC. */
  readonly offset: number;
  /** `CET`, `-03`, or empty for an offset without a name. */
  readonly abbreviation: ByteString;
}

export interface Zone {
  /** As Go's Location prints itself. */
  readonly name: ByteString;
  /** @param seconds since 1970 UTC */
  at(seconds: bigint): ZoneState;
}

/** The last second that `Date` and so `Intl` can express; beyond it the rules of that moment are kept. */
const LAST_SECOND = 8_640_000_000_000n;
/** Moments in one northern winter and one northern summer, by which a zone's abbreviations are told apart. */
export const WINTER = 1_768_435_200n;
export const SUMMER = 1_784_073_600n;

export const UTC: Zone = { name: 'UTC', at: () => ({ offset: 0, abbreviation: 'UTC' }) };

/** Go's time.FixedZone. */
export function fixedZone(name: ByteString, offset: number): Zone {
  return { name, at: () => ({ offset, abbreviation: name }) };
}

/**
 * Go's time.LoadLocation: undefined for a name that is not in the IANA database.
 * @param local IANA name of the machine's zone, which `Local` stands for
 */
export function loadZone(name: ByteString, local: string): Zone | undefined {
  if (name === '' || name === 'UTC') return UTC;
  if (name === 'Local') return { ...(namedZone(local) ?? UTC), name: 'Local' };
  return namedZone(name);
}

const zones = new Map<string, Zone | undefined>();

function namedZone(name: string): Zone | undefined {
  if (!ZONE_ABBREVIATIONS.has(name)) return undefined;
  if (!zones.has(name)) zones.set(name, openZone(name));
  return zones.get(name);
}

function openZone(name: string): Zone | undefined {
  const offsetAt = offsetsOf(name);
  if (offsetAt === undefined) return undefined;
  const abbreviations = ZONE_ABBREVIATIONS.get(name) ?? [];
  const usual = [...new Set([offsetAt(WINTER), offsetAt(SUMMER)])].sort((a, b) => a - b);
  const original = offsetAt(-LAST_SECOND);
  return {
    name,
    at(seconds) {
      const offset = offsetAt(seconds);
      const abbreviation = abbreviations[usual.indexOf(offset)];
      if (abbreviation !== undefined) return { offset, abbreviation };
      // Before a zone had a rule it kept local mean time.
      return { offset, abbreviation: offset === original && seconds < 0n ? 'LMT' : numericName(offset) };
    },
  };
}

/** The offsets of a zone, or undefined when this Node's tables lack it. */
function offsetsOf(name: string): ((seconds: bigint) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return (seconds) => {
    const within = seconds > LAST_SECOND ? LAST_SECOND : seconds < -LAST_SECOND ? -LAST_SECOND : seconds;
    const part = format.formatToParts(Number(within) * 1000).find(({ type }) => type === 'timeZoneName');
    const [, sign, hours = '0', minutes = '0', rest = '0'] =
      /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(part?.value ?? '') ?? [];
    const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
    return sign === '-' ? -size : size;
  };
}

/** How tzdata names an offset that has no abbreviation: `-03`, `+0530`. */
function numericName(offset: number): string {
  const size = Math.abs(offset);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(size / 60) % 60;
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}${minutes === 0 ? '' : two(minutes)}`;
}
