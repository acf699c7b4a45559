import { type ByteString, toText } from '../bytes.ts';
import { sprintf } from '../format/printf.ts';
import { HelmError } from '../helm-error.ts';
import type { NilRule } from '../profile.ts';
import { dictOf, GoMap, GoSlice, type Value } from '../value.ts';
import type { Chart } from './chart.ts';

/**
 * Joining the values a user gives with the defaults of a chart and its subcharts.
 *
 * `keep` keeps nil entries for a later pass (dependency processing), `drop` is the final pass, where a nil given by the
 * user takes a default away. How far that reaches changed with Helm's releases:
 *
 * - N0: a nil deletes where the default exists; nil defaults stay.
 * - N1: a nil in a nested table counts as if the default had the key too, so it is always deleted.
 * - N2: a nil in a nested table deletes only a default that was not nil; a nil under a new key stays.
 * - N3: as N2, and nil defaults are taken out before anything is joined.
 */
export interface CoalesceOptions {
  readonly nils: 'keep' | 'drop';
  readonly rule: NilRule;
  /** Told about values that do not fit, in Helm's words. */
  readonly warn: (message: string) => void;
}

const globalKey = 'global';

/**
 * The complete values of a chart: `given` over the chart's defaults, with a table for each subchart, and globals handed
 * down. `given` is not changed. Throws `HelmError` when a subchart's section is no table.
 */
export function coalesceValues(chart: Chart, given: GoMap, options: CoalesceOptions): GoMap {
  const values = copyMap(given);
  coalesceChart(chart, values, '', options);
  return values;
}

/** Joins `source` under `target`, which wins, in place. */
export function coalesceTables(target: GoMap, source: GoMap, options: CoalesceOptions): GoMap {
  joinTables(target, source, '', options);
  return target;
}

/** A copy that shares no table with the original. */
export function copyMap(map: GoMap): GoMap {
  const entries = new Map<ByteString, Value>();
  for (const [key, value] of map.entries) entries.set(key, copyValue(value));
  return new GoMap(map.type, entries);
}

function copyValue(value: Value): Value {
  if (value instanceof GoMap) return copyMap(value);
  // Lists themselves never change, only tables within them can.
  if (value instanceof GoSlice && value.items.some((item) => item instanceof GoMap || item instanceof GoSlice)) {
    return new GoSlice(value.type, value.items.map(copyValue), value.isNil);
  }
  return value;
}

function coalesceChart(chart: Chart, target: GoMap, prefix: string, options: CoalesceOptions): void {
  joinDefaults(chart, target, prefix, options);
  const path = dotted(prefix, toText(chart.metadata.name));
  for (const subchart of chart.dependencies) {
    const name = subchart.metadata.name;
    const known = target.entries.get(name);
    if (known !== undefined && !(known instanceof GoMap)) {
      // `%t` is the wrong verb, but it is the one in Helm's own message, and users search for what they see.
      throw new HelmError({
        stage: 'values',
        message: `type mismatch on ${toText(name)}: ${toText(sprintf('%t', [known]))}`,
        hint: `The values give ${toText(dotted(path, name))} a value that is no table, but it is the section of a subchart.`,
      });
    }
    const section = known ?? dictOf();
    if (known === undefined) target.entries.set(name, section);
    handDownGlobals(section, target, path, options);
    coalesceChart(subchart, section, path, options);
  }
}

/** Puts the chart's defaults under `target`. */
function joinDefaults(chart: Chart, target: GoMap, prefix: string, options: CoalesceOptions): void {
  if (chart.values === null) return;
  const path = dotted(prefix, toText(chart.metadata.name));
  const dropsDefaults = options.nils === 'drop' && options.rule === 'N3';
  for (const [key, value] of copyMap(chart.values).entries) {
    const given = target.entries.get(key);
    if (given === undefined) {
      if (dropsDefaults && value === null) continue;
      if (dropsDefaults && value instanceof GoMap) removeNils(value);
      target.entries.set(key, value);
    } else if (given === null) {
      if (options.nils === 'drop') target.entries.delete(key);
    } else if (given instanceof GoMap) {
      if (value instanceof GoMap) {
        // A subchart's section keeps its nils: they are for that chart's own defaults, which come later.
        const section = chart.dependencies.some((subchart) => subchart.metadata.name === key);
        const nils = section ? 'keep' : options.nils;
        if (nils === 'drop' && options.rule === 'N3') removeNils(value);
        joinTables(given, value, dotted(path, toText(key)), { ...options, nils });
      } else if (value !== null) {
        options.warn(`warning: skipped value for ${dotted(path, toText(key))}: Not a table.`);
      }
    }
  }
}

function joinTables(target: GoMap, source: GoMap, prefix: string, options: CoalesceOptions): void {
  const hadValue = new Set<ByteString>();
  for (const [key, value] of source.entries) if (value !== null) hadValue.add(key);
  if (options.rule !== 'N0') {
    for (const [key, value] of target.entries) if (value === null) source.entries.set(key, null);
  }
  for (const [key, value] of source.entries) {
    const path = dotted(prefix, toText(key));
    const given = target.entries.get(key);
    const deletes = options.rule === 'N0' || options.rule === 'N1' || hadValue.has(key);
    if (given === null && options.nils === 'drop' && deletes) {
      target.entries.delete(key);
    } else if (given === undefined) {
      target.entries.set(key, value);
    } else if (value instanceof GoMap) {
      if (given instanceof GoMap) joinTables(given, value, path, options);
      else
        options.warn(`warning: cannot overwrite table with non table for ${path} (${toText(sprintf('%v', [value]))})`);
    } else if (given instanceof GoMap && value !== null) {
      options.warn(
        `warning: destination for ${path} is a table. Ignoring non-table value (${toText(sprintf('%v', [value]))})`,
      );
    }
  }
}

/** Puts the `global` table of a chart into the section of one of its subcharts; the parent's entries win. */
function handDownGlobals(section: GoMap, values: GoMap, path: string, options: CoalesceOptions): void {
  const own = section.entries.get(globalKey) ?? (section.entries.has(globalKey) ? null : dictOf());
  const parents = values.entries.get(globalKey) ?? (values.entries.has(globalKey) ? null : dictOf());
  if (!(own instanceof GoMap)) {
    options.warn('warning: skipping globals because destination global is not a table.');
    return;
  }
  if (!(parents instanceof GoMap)) {
    options.warn('warning: skipping globals because source global is not a table.');
    return;
  }
  for (const [key, value] of parents.entries) {
    const known = own.entries.get(key);
    if (value instanceof GoMap) {
      // One level is copied, deeper tables stay shared between the charts: a template's `set` shows that.
      const copy = new GoMap(value.type, new Map(value.entries));
      if (known === undefined) {
        own.entries.set(key, copy);
      } else if (known instanceof GoMap) {
        joinTables(copy, known, dotted(path, toText(key)), { ...options, nils: 'keep' });
        own.entries.set(key, copy);
      } else {
        options.warn(`Conflict: cannot merge map onto non-map for ${JSON.stringify(toText(key))}. Skipping.`);
      }
    } else if (known instanceof GoMap) {
      options.warn(`key ${toText(key)} is table. Skipping`);
    } else {
      own.entries.set(key, value);
    }
  }
  section.entries.set(globalKey, own);
}

function removeNils(map: GoMap): void {
  for (const [key, value] of map.entries) {
    if (value === null) map.entries.delete(key);
    else if (value instanceof GoMap) removeNils(value);
  }
}

function dotted(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
