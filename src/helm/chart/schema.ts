import type { ErrorObject, ValidateFunction } from 'ajv';
import { type ByteString, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { HelmError } from '../helm-error.ts';
import { GoInt, GoMap, GoSlice, typeName, type Value } from '../value.ts';
import type { Chart } from './chart.ts';
import { compileSchema, UnusableSchema } from './schema-library.ts';
import { type Draft, type QuickCheck, quickCheck } from './schema-quick.ts';

/**
 * Checks the values of a chart and of each subchart against their `values.schema.json`. Throws one `HelmError` of stage
 * `schema` that lists every finding in Helm's words; Helm's own order of findings changes from run to run.
 *
 * Schemas are chart content: patterns run on the linear-time engine, references to other documents are refused, because
 * rendering never touches network or disk (Helm would fetch them).
 */
export function checkSchemas(chart: Chart, values: GoMap, warn: (message: string) => void): void {
  const report = findings(chart, values, warn);
  if (report === '') return;
  throw new HelmError({
    stage: 'schema',
    message: `values don't meet the specifications of the schema(s) in the following chart(s):\n${report}`,
  });
}

function findings(chart: Chart, values: GoMap, warn: (message: string) => void): string {
  let report = chart.schema === undefined ? '' : chartFindings(chart, chart.schema, values, warn);
  for (const subchart of chart.dependencies) {
    const section = values.entries.get(subchart.metadata.name);
    if (section === undefined || section === null) continue;
    if (section instanceof GoMap) report += findings(subchart, section, warn);
    else {
      const name = toText(subchart.metadata.name);
      report += `${name}:\ninvalid type for values: expected object (map), got ${typeName(section)}\n`;
    }
  }
  return report;
}

function chartFindings(chart: Chart, schema: ByteString, values: GoMap, warn: (message: string) => void): string {
  const name = toText(chart.metadata.name);
  try {
    const checks = checksFor(toText(schema));
    const data = toJson(values);
    if (checks.quick?.(data) === true) return '';
    checks.validate ??= compileSchema(checks.schema, checks.draft, warn);
    const { validate } = checks;
    if (validate(data)) return '';
    return `${name}:\n${(validate.errors ?? []).filter(isFinding).map(describe).join('\n')}\n`;
  } catch (error) {
    if (error instanceof UnusableSchema || error instanceof GoError) return `${name}:\n${error.message}`;
    if (!(error instanceof RangeError)) throw error;
    const message = `values.schema.json of ${name} leads into itself without end, or the values are nested too deep`;
    throw new HelmError({ stage: 'limit', message, cause: error });
  }
}

/** What the library compares objects by, and nothing else: names of JavaScript are no keys of the values. */
const bare: object = Object.create(null, {
  valueOf: { value: Object.prototype.valueOf, writable: true },
  toString: { value: Object.prototype.toString, writable: true },
});

/** A schema and what was made of it. */
interface Checks {
  readonly draft: Draft;
  /** As its draft means it. */
  readonly schema: object | boolean;
  readonly quick: QuickCheck | undefined;
  /** Made when the quick check leaves something open. */
  validate: ValidateFunction | undefined;
}

const maxCached = 100;
const cache = new Map<string, Checks>();

/** Many releases share a chart. */
function checksFor(text: string): Checks {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const checks = readChecks(text);
  if (cache.size >= maxCached) cache.clear();
  cache.set(text, checks);
  return checks;
}

function readChecks(text: string): Checks {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new UnusableSchema(`values.schema.json is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof schema === 'boolean') return { draft: 2020, schema, quick: () => schema, validate: undefined };
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new UnusableSchema('values.schema.json is no JSON schema: it must be an object or a boolean');
  }
  const draft = draftOf(schema);
  const read = readAs(draft, schema);
  return { draft, schema: read, quick: quickCheck(read, draft), validate: undefined };
}

const dialects: readonly (readonly [RegExp, Draft])[] = [
  [/^https?:\/\/json-schema\.org\/draft-04\/schema#?$/, 4],
  [/^https?:\/\/json-schema\.org\/draft-06\/schema#?$/, 6],
  [/^https?:\/\/json-schema\.org\/draft-07\/schema#?$/, 7],
  [/^https?:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, 2019],
];

/** A schema that names no draft is read as the newest one. */
function draftOf(schema: object): Draft {
  const dialect = '$schema' in schema ? schema.$schema : undefined;
  if (typeof dialect !== 'string') return 2020;
  const known = dialects.find(([pattern]) => pattern.test(dialect));
  if (known !== undefined) return known[1];
  if (/^https?:\/\/json-schema\.org\/(?:draft\/2020-12\/)?schema#?$/.test(dialect)) return 2020;
  throw new UnusableSchema(`unsupported draft: the $schema of values.schema.json is ${JSON.stringify(dialect)}`);
}

/**
 * The schema as its draft means it: ajv knows some names of drafts in one spelling only, and the draft is chosen
 * already; it takes OpenAPI's `nullable` for a keyword, which it is in no draft; and up to draft 7, what stands beside
 * `$ref` does not count.
 */
function readAs(draft: Draft, schema: object): object {
  const { $schema: _, $id, ...rest } = schema as { readonly $schema?: unknown; readonly $id?: unknown };
  // Some charts call their own schema by the draft's name.
  const own = typeof $id === 'string' && !/^https?:\/\/json-schema\.org\//.test($id) ? { $id, ...rest } : rest;
  return plainKeywords(draft, own) as object;
}

function plainKeywords(draft: Draft, part: unknown): unknown {
  if (Array.isArray(part)) return part.map((item) => plainKeywords(draft, item));
  if (typeof part !== 'object' || part === null) return part;
  const refersAlone = draft <= 7 && '$ref' in part && typeof part.$ref === 'string';
  const entries = Object.entries(part).filter(([key, value]) =>
    // A value's property of one of these names has an object for its schema.
    refersAlone ? ['$ref', 'definitions', '$defs'].includes(key) : key !== 'nullable' || typeof value !== 'boolean',
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, plainKeywords(draft, value)]));
}

/** JSON for the validator. No prototypes: a property named `constructor` is there only when the values have it. */
function toJson(value: Value): unknown {
  if (value instanceof GoInt) return Number(value.value);
  if (value instanceof GoSlice) return value.items.map(toJson);
  if (value instanceof GoMap) {
    const object = Object.create(bare) as Record<string, unknown>;
    for (const [key, item] of value.entries) object[toText(key)] = toJson(item);
    return object;
  }
  return typeof value === 'string' ? toText(value) : value;
}

/** ajv reports the branch that was taken as well as what failed in it. */
function isFinding(error: ErrorObject): boolean {
  return error.keyword !== 'if';
}

function describe(error: ErrorObject): string {
  return `- at ${quoted(error.instancePath)}: ${reason(error)}`;
}

function reason(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  const data = error.data;
  switch (error.keyword) {
    case 'type':
      return `got ${jsonType(data)}, want ${[params['type']].flat().join(' or ')}`;
    case 'required':
      return `missing property ${quoted(String(params['missingProperty']))}`;
    case 'additionalProperties':
      return `additional properties ${quoted(String(params['additionalProperty']))} not allowed`;
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).map(display);
      return `value must be ${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}`;
    }
    case 'const':
      return `value must be ${display(params['allowedValue'])}`;
    case 'pattern':
      return `${quoted(String(data))} does not match pattern ${quoted(String(params['pattern']))}`;
    case 'format':
      return `${display(data)} is not valid ${String(params['format'])}`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `${error.keyword}: got ${String(data)}, want ${String(params['limit'])}`;
    case 'multipleOf':
      return `multipleOf: got ${String(data)}, want ${String(params['multipleOf'])}`;
    case 'minLength':
    case 'maxLength':
      return `${error.keyword}: got ${[...String(data)].length}, want ${String(params['limit'])}`;
    case 'minItems':
    case 'maxItems':
      return `${error.keyword}: got ${Array.isArray(data) ? data.length : 0}, want ${String(params['limit'])}`;
    case 'minProperties':
    case 'maxProperties':
      return `${error.keyword}: got ${Object.keys(data as object).length}, want ${String(params['limit'])}`;
    case 'oneOf': {
      const passing = params['passingSchemas'];
      if (!Array.isArray(passing)) return "'oneOf' failed, none matched";
      return `'oneOf' failed, subschemas ${passing.join(', ')} matched`;
    }
    case 'anyOf':
    case 'allOf':
    case 'not':
      return `'${error.keyword}' failed`;
    case 'uniqueItems':
      return `items at ${String(params['j'])} and ${String(params['i'])} are equal`;
    case 'false schema':
      return 'false schema';
    default:
      return error.message ?? `'${error.keyword}' failed`;
  }
}

function jsonType(data: unknown): string {
  if (data === null) return 'null';
  return Array.isArray(data) ? 'array' : typeof data;
}

function display(data: unknown): string {
  return typeof data === 'string' ? quoted(data) : typeof data === 'object' ? JSON.stringify(data) : String(data);
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
