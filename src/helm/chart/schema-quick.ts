import { fromText } from '../bytes.ts';
import { compileExpression, matches } from '../functions/regex/expression.ts';
import { schemaFormats } from './schema-formats.ts';

/** Drafts of JSON schema that are told apart. */
export type Draft = 4 | 6 | 7 | 2019 | 2020;

/**
 * A check that says `true` for values that certainly satisfy the schema, and `false` where the library has to look: at
 * values that do not, to word the findings, and at whatever is beyond the everyday keywords.
 */
export type QuickCheck = (data: unknown) => boolean;

/**
 * Nearly all values satisfy their schema, nearly all schemas consist of a few keywords, and a schema is used once or a
 * few times. So looking at it this way takes a hundredth of the time that the library takes to turn it into a program.
 * Undefined for a schema with a keyword, or a form of one, that is not understood here; the library may still refuse it.
 */
export function quickCheck(schema: unknown, draft: Draft): QuickCheck | undefined {
  const check = unlessUnknown(() => new Reader(schema, draft).read(schema));
  return check && ((data) => unlessUnknown(() => check(data)) === true);
}

/** What is not understood, found in a schema or only in the values it is held against. */
class Unknown extends Error {}

function unlessUnknown<T>(decide: () => T): T | undefined {
  try {
    return decide();
  } catch (error) {
    // The stack ends where a schema refers to itself in a circle.
    if (error instanceof Unknown || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Inside, a check is exact in both answers or throws, so that `not` may turn it round. */
type Keyword = (value: unknown, reader: Reader, schema: Schema) => QuickCheck | undefined;
type Schema = Readonly<Record<string, unknown>>;

class Reader {
  readonly draft: Draft;
  readonly #root: unknown;
  /** What references lead to; a schema may contain itself. */
  readonly #targets = new Map<string, { check: QuickCheck | undefined }>();

  constructor(root: unknown, draft: Draft) {
    this.#root = root;
    this.draft = draft;
  }

  read(schema: unknown): QuickCheck {
    if (typeof schema === 'boolean' && this.draft > 4) return () => schema;
    if (!isObject(schema)) throw new Unknown();
    const checks: QuickCheck[] = [];
    for (const [name, value] of Object.entries(schema)) {
      const keyword = keywords.get(name);
      if (keyword === undefined) {
        needs(!refusedKeywords.has(name) || (schema === this.#root && name === '$id' && isPlainId(value)));
        continue;
      }
      const check = keyword(value, this, schema);
      if (check !== undefined) checks.push(check);
    }
    return all(checks);
  }

  /** A reference within the schema. */
  target(reference: string): QuickCheck {
    const known = this.#targets.get(reference);
    if (known !== undefined) return (data) => known.check?.(data) === true;
    const target: { check: QuickCheck | undefined } = { check: undefined };
    this.#targets.set(reference, target);
    target.check = this.read(this.#lookUp(reference));
    return target.check;
  }

  #lookUp(reference: string): unknown {
    if (reference !== '#' && !/^#(?:\/[A-Za-z0-9_.-]+)+$/.test(reference)) throw new Unknown();
    let found = this.#root;
    for (const step of reference.split('/').slice(1)) {
      if (!isObject(found) || !Object.hasOwn(found, step)) throw new Unknown();
      found = found[step];
    }
    return found;
  }
}

const annotation: Keyword = () => undefined;
const words: Keyword = (value) => void needs(typeof value === 'string');
const flag: Keyword = (value) => void needs(typeof value === 'boolean');

const keywords: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ['title', words],
  ['description', words],
  ['$comment', words],
  ['default', annotation],
  ['examples', (value) => void needs(Array.isArray(value))],
  ['deprecated', flag],
  ['readOnly', flag],
  ['writeOnly', flag],
  ['definitions', schemasOnly],
  ['$defs', schemasOnly],
  ['type', readType],
  ['enum', readEnum],
  ['const', readConst],
  // Of later drafts it is no keyword.
  ['id', (_, { draft }) => void needs(draft > 4)],
  ['$ref', readReference],
  ['properties', readProperties],
  ['patternProperties', readPatternProperties],
  ['additionalProperties', readAdditional],
  ['required', readRequired],
  ['minProperties', limit((count) => (data) => !isObject(data) || Object.keys(data).length >= count)],
  ['maxProperties', limit((count) => (data) => !isObject(data) || Object.keys(data).length <= count)],
  ['items', readItems],
  ['minItems', limit((count) => (data) => !Array.isArray(data) || data.length >= count)],
  ['maxItems', limit((count) => (data) => !Array.isArray(data) || data.length <= count)],
  ['uniqueItems', readUnique],
  ['minLength', limit((count) => (data) => typeof data !== 'string' || [...data].length >= count)],
  ['maxLength', limit((count) => (data) => typeof data !== 'string' || [...data].length <= count)],
  ['pattern', readPattern],
  ['format', readFormat],
  ['minimum', bound((least) => (data) => typeof data !== 'number' || data >= least)],
  ['maximum', bound((most) => (data) => typeof data !== 'number' || data <= most)],
  ['exclusiveMinimum', bound((least) => (data) => typeof data !== 'number' || data > least, 6)],
  ['exclusiveMaximum', bound((most) => (data) => typeof data !== 'number' || data < most, 6)],
  ['allOf', (value, reader) => all(readList(value, reader))],
  ['anyOf', readAnyOf],
  ['oneOf', readOneOf],
  ['not', readNot],
  ['if', readIf],
  ['then', readLoneBranch],
  ['else', readLoneBranch],
]);

/** The keywords, and the names with a meaning, that only the library knows. Any other name means nothing in a schema. */
export const refusedKeywords: ReadonlySet<string> = new Set(
  (
    '$id $schema $anchor $async $dynamicAnchor $dynamicRef $recursiveAnchor $recursiveRef $vocabulary ' +
    'additionalItems prefixItems contains minContains maxContains unevaluatedItems unevaluatedProperties ' +
    'dependencies dependentRequired dependentSchemas propertyNames multipleOf discriminator nullable ' +
    'contentEncoding contentMediaType contentSchema formatMinimum formatMaximum formatExclusiveMinimum ' +
    'formatExclusiveMaximum'
  ).split(' '),
);

export const quickKeywords: ReadonlySet<string> = new Set(keywords.keys());

function needs(holds: boolean): void {
  if (!holds) throw new Unknown();
}

function all(checks: readonly QuickCheck[]): QuickCheck {
  const [first, ...more] = checks;
  if (first === undefined) return () => true;
  return more.length === 0 ? first : (data) => checks.every((check) => check(data));
}

/** JSON's objects, also those without a prototype. */
function isObject(data: unknown): data is Schema {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function isScalar(data: unknown): boolean {
  return data === null || ['string', 'number', 'boolean'].includes(typeof data);
}

function isUnique(items: readonly unknown[]): boolean {
  needs(items.every(isScalar));
  return new Set(items).size === items.length;
}

/** The name of a whole schema, which does not matter to references within it. */
function isPlainId(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\/[\w.-]+(?:\/[\w.-]+)*$/.test(value);
}

/** A keyword that takes a number; in drafts before `since` it means something else. */
function bound(check: (value: number) => QuickCheck, since: Draft = 4): Keyword {
  return (value, { draft }) => {
    if (typeof value !== 'number' || draft < since) throw new Unknown();
    return check(value);
  };
}

/** A keyword that takes a count. */
function limit(check: (value: number) => QuickCheck): Keyword {
  return (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Unknown();
    return check(value);
  };
}

/** A map of schemas; names that JavaScript treats in its own way are left to the library. */
function readMap(value: unknown, reader: Reader): ReadonlyMap<string, QuickCheck> {
  if (!isObject(value) || Object.hasOwn(value, '__proto__')) throw new Unknown();
  return new Map(Object.entries(value).map(([name, schema]) => [name, reader.read(schema)]));
}

function readList(value: unknown, reader: Reader): readonly QuickCheck[] {
  if (!Array.isArray(value) || value.length === 0) throw new Unknown();
  return value.map((schema) => reader.read(schema));
}

function schemasOnly(value: unknown, reader: Reader): undefined {
  readMap(value, reader);
}

const types: Readonly<Record<string, QuickCheck>> = {
  null: (data) => data === null,
  boolean: (data) => typeof data === 'boolean',
  string: (data) => typeof data === 'string',
  number: (data) => typeof data === 'number' && Number.isFinite(data),
  integer: (data) => Number.isInteger(data),
  array: Array.isArray,
  object: isObject,
};

function readType(value: unknown): QuickCheck {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  needs(names.length > 0 && new Set(names).size === names.length);
  const checks = names.map((name) => {
    if (typeof name !== 'string' || !Object.hasOwn(types, name)) throw new Unknown();
    return types[name] as QuickCheck;
  });
  const [first] = checks;
  return checks.length === 1 && first !== undefined ? first : (data) => checks.some((check) => check(data));
}

function readEnum(value: unknown): QuickCheck {
  if (!Array.isArray(value) || value.length === 0 || !isUnique(value)) throw new Unknown();
  const allowed = new Set<unknown>(value);
  return (data) => allowed.has(data);
}

function readConst(value: unknown, { draft }: Reader): QuickCheck {
  needs(isScalar(value) && draft > 4);
  return (data) => data === value;
}

function readReference(value: unknown, reader: Reader): QuickCheck {
  if (typeof value !== 'string') throw new Unknown();
  return reader.target(value);
}

function readProperties(value: unknown, reader: Reader): QuickCheck {
  const properties = readMap(value, reader);
  return (data) => {
    if (!isObject(data)) return true;
    for (const [name, check] of properties) {
      const own = data[name];
      if (own !== undefined && !check(own)) return false;
    }
    return true;
  };
}

function readPatternProperties(value: unknown, reader: Reader): QuickCheck {
  const patterns = [...readMap(value, reader)].map(([pattern, check]) => ({ has: expression(pattern), check }));
  return (data) =>
    !isObject(data) ||
    Object.entries(data).every(([name, own]) => patterns.every(({ has, check }) => !has(name) || check(own)));
}

function readAdditional(value: unknown, reader: Reader, schema: Schema): QuickCheck | undefined {
  if (value === true) return undefined;
  const check: QuickCheck = value === false ? () => false : reader.read(value);
  const { properties = {}, patternProperties = {} } = schema;
  if (!isObject(properties) || !isObject(patternProperties)) throw new Unknown();
  const patterns = Object.keys(patternProperties).map(expression);
  return (data) => {
    if (!isObject(data)) return true;
    for (const name of Object.keys(data)) {
      if (Object.hasOwn(properties, name) || patterns.some((has) => has(name))) continue;
      if (!check(data[name])) return false;
    }
    return true;
  };
}

function readRequired(value: unknown, reader: Reader): QuickCheck {
  if (!Array.isArray(value) || !isUnique(value) || !value.every((name) => typeof name === 'string')) {
    throw new Unknown();
  }
  needs(value.length > 0 || reader.draft > 4);
  return (data) => !isObject(data) || value.every((name) => data[name] !== undefined);
}

/** A list of schemas for the first items is another keyword by now. */
function readItems(value: unknown, reader: Reader): QuickCheck {
  const check = reader.read(value);
  return (data) => !Array.isArray(data) || data.every(check);
}

function readUnique(value: unknown): QuickCheck | undefined {
  needs(typeof value === 'boolean');
  return value === true ? (data) => !Array.isArray(data) || isUnique(data) : undefined;
}

function readPattern(value: unknown): QuickCheck {
  const has = expression(value);
  return (data) => typeof data !== 'string' || has(data);
}

function expression(pattern: unknown): (text: string) => boolean {
  if (typeof pattern !== 'string') throw new Unknown();
  try {
    const compiled = compileExpression(fromText(pattern));
    return (text) => matches(compiled, fromText(text));
  } catch {
    throw new Unknown();
  }
}

/** From 2019-09 on, `format` is a remark. */
function readFormat(value: unknown, { draft }: Reader): QuickCheck | undefined {
  if (typeof value !== 'string') throw new Unknown();
  if (draft > 7) return undefined;
  const fits = Object.hasOwn(schemaFormats, value) ? schemaFormats[value] : undefined;
  if (fits === undefined) throw new Unknown();
  return (data) => typeof data !== 'string' || fits(data);
}

function readAnyOf(value: unknown, reader: Reader): QuickCheck {
  const choices = readList(value, reader);
  return (data) => choices.some((fits) => fits(data));
}

function readOneOf(value: unknown, reader: Reader): QuickCheck {
  const choices = readList(value, reader);
  return (data) => choices.filter((fits) => fits(data)).length === 1;
}

function readNot(value: unknown, reader: Reader): QuickCheck {
  const fits = reader.read(value);
  return (data) => !fits(data);
}

function readIf(value: unknown, reader: Reader, schema: Schema): QuickCheck {
  needs(reader.draft > 4);
  const [asked, yes, no] = [value, schema['then'] ?? true, schema['else'] ?? true].map((part) => reader.read(part));
  return (data) => (asked?.(data) ? yes : no)?.(data) === true;
}

/** Without an `if` it decides nothing, but has to be a schema. */
function readLoneBranch(value: unknown, reader: Reader, schema: Schema): undefined {
  if (!Object.hasOwn(schema, 'if')) reader.read(value);
}
