import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import Ajv04 from 'ajv-draft-04';
import { type ByteString, fromText, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { compileExpression, matches } from '../functions/regex/expression.ts';
import { HelmError } from '../helm-error.ts';
import { GoInt, GoMap, GoSlice, typeName, type Value } from '../value.ts';
import type { Chart } from './chart.ts';
import { schemaFormats } from './schema-formats.ts';

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
    const validate = validatorFor(toText(schema), warn);
    if (validate(toJson(values))) return '';
    return `${name}:\n${(validate.errors ?? []).filter(isFinding).map(describe).join('\n')}\n`;
  } catch (error) {
    if (error instanceof UnusableSchema || error instanceof GoError) return `${name}:\n${error.message}`;
    throw error;
  }
}

class UnusableSchema extends Error {}

const maxCached = 100;
const validators = new Map<string, ValidateFunction>();

/** Compiling costs more than checking, and many releases share a chart. */
function validatorFor(text: string, warn: (message: string) => void): ValidateFunction {
  const known = validators.get(text);
  if (known !== undefined) return known;
  const validator = compileSchema(text, warn);
  if (validators.size >= maxCached) validators.clear();
  validators.set(text, validator);
  return validator;
}

function compileSchema(text: string, warn: (message: string) => void): ValidateFunction {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new UnusableSchema(`values.schema.json is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof schema === 'boolean') return readerFor(2020).compile(schema);
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new UnusableSchema('values.schema.json is no JSON schema: it must be an object or a boolean');
  }
  const draft = draftOf(schema);
  const ajv = readerFor(draft);
  const read = readAs(draft, schema);
  for (;;) {
    try {
      return ajv.compile(read);
    } catch (error) {
      const missing = missingReference(error);
      if (missing?.startsWith('urn:')) {
        warn(`unresolved URN reference ignored; using permissive schema urn=${missing}`);
        ajv.addSchema({}, missing);
        continue;
      }
      if (missing !== undefined) {
        throw new UnusableSchema(
          `failing loading ${JSON.stringify(missing)}: references to other documents are not followed while rendering`,
        );
      }
      throw new UnusableSchema(`values.schema.json cannot be used: ${error instanceof Error ? error.message : error}`);
    } finally {
      // Two charts may give their schemas one $id.
      ajv.removeSchema(read);
    }
  }
}

type Reader = Ajv | Ajv2019 | Ajv2020 | InstanceType<typeof Ajv04.default>;

const readers = new Map<Draft, Reader>();

/** One for all charts: each would compile its draft's own schema before it looks at the first one of a chart. */
function readerFor(draft: Draft): Reader {
  const known = readers.get(draft);
  if (known !== undefined) return known;
  const reader = ajvFor(draft);
  readers.set(draft, reader);
  return reader;
}

function missingReference(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('missingSchema' in error)) return undefined;
  return typeof error.missingSchema === 'string' ? error.missingSchema : undefined;
}

type Draft = 4 | 6 | 7 | 2019 | 2020;

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

const linearTime = Object.assign(
  (pattern: string) => {
    const expression = compileExpression(fromText(pattern));
    // ajv keeps expressions by what toString gives, so each needs its own.
    return { test: (text: string) => matches(expression, fromText(text)), toString: () => pattern };
  },
  { code: 'linearTime' },
);

function ajvFor(draft: Draft): Reader {
  const options: Options = {
    strict: false,
    allErrors: true,
    verbose: true,
    logger: false,
    // From 2019-09 on, `format` is a remark.
    validateFormats: draft <= 7,
    formats: schemaFormats,
    multipleOfPrecision: 12,
    // A schema is mostly used once: making its check faster would take longer than the check.
    code: { regExp: linearTime, optimize: false },
  };
  if (draft === 4) return new Ajv04.default(options);
  const ajv = draft === 2019 ? new Ajv2019(options) : draft === 2020 ? new Ajv2020(options) : new Ajv(options);
  // ajv refuses this keyword of draft 4; in later drafts it means nothing.
  ajv.removeKeyword('id');
  return ajv;
}

/** JSON for the validator. No prototypes: a property named `constructor` is there only when the values have it. */
function toJson(value: Value): unknown {
  if (value instanceof GoInt) return Number(value.value);
  if (value instanceof GoSlice) return value.items.map(toJson);
  if (value instanceof GoMap) {
    const object = Object.create(null) as Record<string, unknown>;
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
