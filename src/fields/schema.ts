/**
 * The types of a kind's fields as the server's OpenAPI (v3) tells them: which maps and lists are merged item by item,
 * and which are replaced whole. Source of the rules: the `x-kubernetes-…` marks that server-side apply itself goes by.
 */
import type { Json, JsonObject } from '../resource/resource.ts';
import { isList, isObject } from '../resource/resource.ts';

/** `empties`: how the server keeps an empty one; built-in kinds leave out empty lists and maps. */
export type FieldType =
  | {
      readonly kind: 'map';
      /** `named`: the type names its fields. `free`: any key may stand there. */
      readonly keys: 'named' | 'free';
      readonly field: (name: string) => FieldType;
      readonly empties?: 'dropped';
    }
  | {
      readonly kind: 'keyed';
      readonly keys: readonly string[];
      /** What a key counts as where an element leaves it out. */
      readonly defaults: Readonly<Record<string, Json>>;
      readonly items: FieldType;
      readonly empties?: 'dropped';
    }
  | { readonly kind: 'set'; readonly empties?: 'dropped' }
  /** Replaced whole. `is` tells what it holds, where that decides how a server writes it. */
  | { readonly kind: 'atomic'; readonly is?: 'quantity'; readonly empties?: 'dropped' };

const atomic: FieldType = { kind: 'atomic' };

/** Fields that no schema describes: maps are merged by their keys, everything else is replaced. */
export const untyped: FieldType = { kind: 'map', keys: 'free', field: () => untyped };

/** The OpenAPI document of one group and version. */
export type OpenApiDocument = JsonObject;

/** The type of a kind's objects; undefined where the document does not describe it. */
export function typeOfKind(
  document: OpenApiDocument,
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
): FieldType | undefined {
  const schemas = schemasOf(document);
  for (const [name, schema] of Object.entries(schemas)) {
    if (!isObject(schema)) continue;
    const names = schema['x-kubernetes-group-version-kind'];
    const isIt =
      isList(names) &&
      names.some(
        (name) => isObject(name) && name['group'] === group && name['version'] === version && name['kind'] === kind,
      );
    if (isIt) return typeOf(schema, schemas, name.startsWith(builtIn) ? 'built-in' : 'custom');
  }
  return undefined;
}

function schemasOf(document: OpenApiDocument): JsonObject {
  const components = document['components'];
  const schemas = isObject(components) ? components['schemas'] : undefined;
  return isObject(schemas) ? schemas : {};
}

const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

const builtIn = 'io.k8s.';

type Within = 'built-in' | 'custom';

function typeOf(given: Json | undefined, schemas: JsonObject, within: Within): FieldType {
  const { schema, name } = resolve(given, schemas);
  if (name.endsWith(quantity)) return { kind: 'atomic', is: 'quantity' };
  const isBuiltIn = within === 'built-in' || name.startsWith(builtIn);
  const fields = isBuiltIn ? 'built-in' : 'custom';
  const empties = isBuiltIn ? ({ empties: 'dropped' } as const) : {};
  if (schema['type'] === 'array') return { ...listType(schema, schemas, fields), ...empties };
  const properties = isObject(schema['properties']) ? schema['properties'] : undefined;
  const values = isObject(schema['additionalProperties']) ? schema['additionalProperties'] : undefined;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (properties === undefined && values === undefined && !isOpen) {
    return schema['type'] === 'object' && schema['x-kubernetes-map-type'] !== 'atomic' ? untyped : atomic;
  }
  const isMap = properties === undefined && values !== undefined;
  if (schema['x-kubernetes-map-type'] === 'atomic') return isMap ? { ...atomic, ...empties } : atomic;
  const known = new Map<string, FieldType>();
  return {
    kind: 'map',
    keys: properties === undefined ? 'free' : 'named',
    ...(isMap ? empties : {}),
    field: (field) => {
      const before = known.get(field);
      if (before !== undefined) return before;
      const own = properties !== undefined && Object.hasOwn(properties, field) ? properties[field] : values;
      const type = own === undefined ? untyped : typeOf(own, schemas, fields);
      known.set(field, type);
      return type;
    },
  };
}

function listType(schema: JsonObject, schemas: JsonObject, within: Within): FieldType {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'set') return { kind: 'set' };
  if (schema['x-kubernetes-list-type'] !== 'map' || !isList(keys)) return atomic;
  const names = keys.filter((key): key is string => typeof key === 'string');
  const { schema: element } = resolve(schema['items'], schemas);
  const properties = isObject(element['properties']) ? element['properties'] : {};
  const defaults = names.flatMap((name) => {
    const { schema: field } = resolve(properties[name], schemas);
    const value = field['default'];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    kind: 'keyed',
    keys: names,
    defaults: Object.fromEntries(defaults),
    items: typeOf(schema['items'], schemas, within),
  };
}

/** A schema behind its references; marks beside a reference add to what it refers to. */
function resolve(given: Json | undefined, schemas: JsonObject): { readonly schema: JsonObject; readonly name: string } {
  let schema: JsonObject = isObject(given) ? given : {};
  let name = '';
  for (let hops = 0; hops < 10; hops++) {
    const all = schema['allOf'];
    const [only] = isList(all) && all.length === 1 ? all : [];
    const reference = schema['$ref'] ?? (isObject(only) ? only['$ref'] : undefined);
    if (typeof reference !== 'string') break;
    name = reference.slice(reference.lastIndexOf('/') + 1);
    const target = schemas[name];
    const { $ref: _ref, allOf: _all, ...beside } = schema;
    schema = { ...(isObject(target) ? target : {}), ...beside };
  }
  return { schema, name };
}
