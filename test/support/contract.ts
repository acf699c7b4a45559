/**
 * Holds what our forge servers receive and answer against the forges' own API descriptions.
 *
 * The descriptions are test data from outside the repository: `$PUSHGATE_CONTRACTS`, or `../shared/contracts` beside
 * the checkout. Where they are missing the check does not run, and `contractNote` says so.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';

export interface Exchange {
  readonly method: string;
  /** Path below the API's root, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

export interface Contract {
  /** What is wrong with one request and its answer; empty when both are as described. */
  readonly check: (exchange: Exchange) => readonly string[];
}

type Json = Record<string, unknown>;

interface Operation {
  readonly method: string;
  readonly pattern: RegExp;
  readonly literals: number;
  readonly query: ReadonlySet<string>;
  readonly requiredQuery: readonly string[];
  readonly body: ValidateFunction | undefined;
  readonly bodyRequired: boolean;
  readonly answers: ReadonlyMap<string, ValidateFunction | undefined>;
}

/** The folder of the descriptions, or undefined when this machine has none. */
function contractsFolder(): string | undefined {
  const folders = [process.env['PUSHGATE_CONTRACTS'], resolve(import.meta.dirname, '../../../shared/contracts')];
  return folders.find((folder) => folder !== undefined && existsSync(join(folder, 'github.openapi.json')));
}

/** One sentence on whether the check runs, for the name of a test. */
export const contractNote =
  contractsFolder() === undefined
    ? 'the API descriptions are not on this machine: the contract check did NOT run'
    : 'every request and answer is checked against the API description';

/** Says at the end of the test run that this suite's requests and answers were not checked, where they were not. */
export function noteContract(suite: string): void {
  const notes = process.env['PUSHGATE_NOT_RUN'];
  if (contractsFolder() === undefined && notes !== undefined) appendFileSync(notes, `${suite}: ${contractNote}\n`);
}

const loaded = new Map<string, Contract>();

export function loadContract(forge: 'github' | 'gitlab'): Contract | undefined {
  const folder = contractsFolder();
  if (folder === undefined) return undefined;
  const known = loaded.get(forge);
  if (known !== undefined) return known;
  const document = JSON.parse(readFileSync(join(folder, `${forge}.openapi.json`), 'utf8')) as Json;
  const operations = readOperations(document, forge);
  const contract: Contract = { check: (exchange) => checkExchange(operations, exchange) };
  loaded.set(forge, contract);
  return contract;
}

function checkExchange(operations: readonly Operation[], exchange: Exchange): readonly string[] {
  const name = `${exchange.method} ${exchange.path}`;
  const operation = operations.find((one) => one.method === exchange.method && one.pattern.test(exchange.path));
  if (operation === undefined) return [`${name}: the description has no such operation`];
  const faults: string[] = [];
  for (const key of exchange.query.keys()) {
    if (!operation.query.has(key.replace(/\[\]$/, ''))) faults.push(`${name}: unknown query parameter ${key}`);
  }
  for (const key of operation.requiredQuery) {
    if (!exchange.query.has(key)) faults.push(`${name}: query parameter ${key} is required`);
  }
  if (exchange.body !== undefined) {
    if (operation.body === undefined) faults.push(`${name}: takes no body`);
    else faults.push(...failures(operation.body, exchange.body, `${name}: request`));
  } else if (operation.bodyRequired) faults.push(`${name}: a body is required`);
  // Error answers are shaped by the forges' gateways as much as by the operation; only successes are described well.
  if (exchange.status < 300) {
    if (!operation.answers.has(String(exchange.status))) faults.push(`${name}: never answers ${exchange.status}`);
    const answer = operation.answers.get(String(exchange.status));
    if (answer !== undefined && exchange.status !== 204)
      faults.push(...failures(answer, exchange.answer, `${name}: answer ${exchange.status}`));
  }
  return faults;
}

function failures(validate: ValidateFunction, value: unknown, what: string): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    (error) => `${what}${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
  );
}

function readOperations(document: Json, forge: 'github' | 'gitlab'): readonly Operation[] {
  const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
  const schemas = componentsOf(document, 'schemas');
  const combined = combinedNames(document);
  // Two readings of each schema. Requests are held to `required` and to the known properties. GitHub's answers
  // over-require (its own examples fail) and GitLab's say null nowhere, so answers are read as a subset: what is
  // there must be described and of the described type.
  ajv.addSchema({ $id: 'request', $defs: mapSchemas(schemas, { side: 'request', forge, combined }) });
  ajv.addSchema({ $id: 'answer', $defs: mapSchemas(schemas, { side: 'answer', forge, combined }) });

  const operations: Operation[] = [];
  for (const [path, item] of Object.entries(document['paths'] as Record<string, Json>)) {
    for (const [method, value] of Object.entries(item)) {
      const operation = value as Json;
      if (typeof operation !== 'object' || operation['responses'] === undefined) continue;
      const parameters = ((operation['parameters'] ?? []) as Json[]).map((one) => dereference(document, one));
      const query = parameters.filter((one) => one['in'] === 'query');
      const answers = new Map<string, ValidateFunction | undefined>();
      for (const [status, response] of Object.entries(operation['responses'] as Record<string, Json>)) {
        const schema = contentSchema(dereference(document, response));
        answers.set(
          status,
          schema === undefined ? undefined : ajv.compile(rewrite(schema, { side: 'answer', forge, combined })),
        );
      }
      const requestBody =
        operation['requestBody'] === undefined ? undefined : dereference(document, operation['requestBody'] as Json);
      const bodySchema = requestBody === undefined ? undefined : contentSchema(requestBody);
      operations.push({
        method: method.toUpperCase(),
        pattern: patternOf(path, forge),
        literals: path.split('/').filter((part) => !part.startsWith('{')).length,
        query: new Set(query.map((one) => String(one['name']))),
        requiredQuery: query.filter((one) => one['required'] === true).map((one) => String(one['name'])),
        body:
          bodySchema === undefined ? undefined : ajv.compile(rewrite(bodySchema, { side: 'request', forge, combined })),
        bodyRequired: requestBody?.['required'] === true,
        answers,
      });
    }
  }
  // `/issues/comments/{id}` must win over `/issues/{number}/comments`-like templates.
  return operations.sort((a, b) => b.literals - a.literals);
}

function patternOf(path: string, forge: 'github' | 'gitlab'): RegExp {
  const below = forge === 'gitlab' ? path.replace(/^\/api\/v4/, '') : path;
  const source = below
    .split('/')
    // GitHub's {path} and {ref} are the only parameters that may hold slashes.
    .map((part) => (/^\{(path|ref)\}$/.test(part) ? '.+' : part.startsWith('{') ? '[^/]+' : part))
    .join('/');
  return new RegExp(`^${source}$`);
}

interface Reading {
  readonly side: 'request' | 'answer';
  readonly forge: 'github' | 'gitlab';
  readonly combined: ReadonlySet<string>;
}

function mapSchemas(schemas: Json, reading: Reading): Json {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const open = reading.combined.has(name);
      return [name, open ? rewriteOpen(schema as Json, reading) : rewrite(schema as Json, reading)];
    }),
  );
}

/** OpenAPI 3.0 to JSON Schema, with objects closed: an invented property is as wrong as a missing one. */
function rewrite(schema: Json, reading: Reading): Json {
  const result = rewriteOpen(schema, reading);
  const describes = 'properties' in schema || 'allOf' in schema;
  if (describes && schema['additionalProperties'] === undefined) return close(result);
  return result;
}

function close(schema: Json): Json {
  const inner = Array.isArray(schema['anyOf']) && schema['x-nullable'] === true ? schema['anyOf'] : undefined;
  if (inner === undefined) return { ...schema, unevaluatedProperties: false };
  return { ...schema, anyOf: [inner[0], { ...(inner[1] as Json), unevaluatedProperties: false }] };
}

function rewriteOpen(schema: Json, reading: Reading): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') result['$ref'] = `${reading.side}#/$defs/${String(value).split('/').at(-1)}`;
    else if (key === 'properties') {
      const entries = Object.entries(value as Record<string, Json>);
      result[key] = Object.fromEntries(entries.map(([name, one]) => [name, property(one, reading)]));
    } else if (key === 'items' || (key === 'additionalProperties' && typeof value === 'object')) {
      result[key] = rewrite(value as Json, reading);
    } else if (key === 'allOf') result[key] = (value as Json[]).map((one) => rewriteOpen(one, reading));
    else if (key === 'anyOf' || key === 'oneOf')
      result['anyOf'] = (value as Json[]).map((one) => rewrite(one, reading));
    else if (key === 'required' && reading.side === 'answer') continue;
    else if (key === 'type' && value === 'file') result['type'] = 'string';
    else if (key !== 'nullable' && key !== 'discriminator' && key !== 'description') result[key] = value;
  }
  if (schema['nullable'] === true) return { 'x-nullable': true, anyOf: [{ type: 'null' }, result] };
  return result;
}

function property(schema: Json, reading: Reading): Json {
  const result = rewrite(schema, reading);
  const mayBeNull = reading.side === 'answer' && reading.forge === 'gitlab';
  return mayBeNull ? { anyOf: [{ type: 'null' }, result] } : result;
}

/** Names of schemas that are parts of an `allOf`: closing those would refuse the properties of their siblings. */
function combinedNames(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const one of value) combinedNames(one, found);
  else if (typeof value === 'object' && value !== null) {
    const parts = (value as Json)['allOf'];
    // A single part is the usual way to hang a description on a reference; that schema stays closed.
    if (Array.isArray(parts) && (parts.length > 1 || 'properties' in value)) {
      for (const part of parts as Json[]) found.add(String(part['$ref']).split('/').at(-1) ?? '');
    }
    for (const one of Object.values(value)) combinedNames(one, found);
  }
  return found;
}

function contentSchema(holder: Json): Json | undefined {
  const content = holder['content'] as Record<string, Json> | undefined;
  const json = content?.['application/json'] ?? Object.values(content ?? {})[0];
  return json?.['schema'] as Json | undefined;
}

function componentsOf(document: Json, kind: string): Json {
  return ((document['components'] as Json | undefined)?.[kind] ?? {}) as Json;
}

function dereference(document: Json, value: Json): Json {
  if (typeof value['$ref'] !== 'string') return value;
  const parts = value['$ref'].replace('#/', '').split('/');
  return parts.reduce<unknown>((node, part) => (node as Json)[part], document) as Json;
}
