import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject, Resource } from '../resource/resource.ts';
import { applyLocally } from './local-apply.ts';
import { typeOfKind } from './schema.ts';

/** A small kind in the form that the server describes its own in. */
const document = {
  components: {
    schemas: {
      'io.k8s.api.test.v1.Shop': {
        type: 'object',
        'x-kubernetes-group-version-kind': [{ group: 'test', version: 'v1', kind: 'Shop' }],
        properties: {
          metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.meta.v1.ObjectMeta' }] },
          spec: { $ref: '#/components/schemas/io.k8s.api.test.v1.ShopSpec' },
        },
      },
      'io.k8s.meta.v1.ObjectMeta': {
        type: 'object',
        properties: {
          name: { type: 'string' },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      'io.k8s.api.test.v1.ShopSpec': {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          cpu: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity' },
          args: { type: 'array', items: { type: 'string' } },
          tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          selector: {
            type: 'object',
            additionalProperties: { type: 'string' },
            'x-kubernetes-map-type': 'atomic',
          },
          ports: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['port', 'protocol'],
            items: {
              type: 'object',
              properties: {
                port: { type: 'integer' },
                protocol: { type: 'string', default: 'TCP' },
                name: { type: 'string' },
              },
            },
          },
        },
      },
      'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
    },
  },
} as const;

const type = typeOfKind(document as unknown as JsonObject, { group: 'test', version: 'v1', kind: 'Shop' });

interface Entry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly fields: JsonObject;
}

function shop(spec: JsonObject, entries: readonly Entry[] = []): Resource {
  const managedFields = entries.map(({ manager, operation, fields }) => ({ manager, operation, fieldsV1: fields }));
  const metadata = { name: 'a', ...(entries.length === 0 ? {} : { managedFields: managedFields as unknown as Json }) };
  return { apiVersion: 'test/v1', kind: 'Shop', metadata, spec };
}

/** The spec after the apply, where `ours` is our entry's part for the spec. */
function specAfter(
  desired: JsonObject,
  live: JsonObject,
  { ours = {}, others = {}, recorded }: { ours?: JsonObject; others?: JsonObject; recorded?: JsonObject } = {},
): Json | undefined {
  if (type === undefined) throw new Error('the document has the kind');
  const entries: Entry[] = [
    { manager: 'pushgate', operation: 'Apply', fields: { 'f:spec': ours } },
    { manager: 'kubectl-edit', operation: 'Update', fields: { 'f:spec': others } },
  ];
  const before = recorded === undefined ? undefined : shop(recorded);
  return applyLocally({ desired: shop(desired), live: shop(live, entries), recorded: before, type })['spec'];
}

const leaf = {};

describe('an apply computed here', () => {
  test('sets what is rendered and leaves what others have', () => {
    expect(specAfter({ size: 2 }, { size: 1, args: ['x'] }, { ours: { 'f:size': leaf } })).toEqual({
      size: 2,
      args: ['x'],
    });
  });

  test('takes away what we had alone and no longer render', () => {
    const ours = { 'f:size': leaf, 'f:args': leaf };
    expect(specAfter({ size: 1 }, { size: 1, args: ['x'] }, { ours })).toEqual({ size: 1 });
    expect(specAfter({ size: 1 }, { size: 1, args: ['x'] }, { ours, others: { 'f:args': leaf } })).toEqual({
      size: 1,
      args: ['x'],
    });
  });

  test('takes back what somebody changed, and replaces atomic lists and maps whole', () => {
    expect(specAfter({ args: ['a', 'b'], selector: { a: '1' } }, { args: ['c'], selector: { b: '2' } })).toEqual({
      args: ['a', 'b'],
      selector: { a: '1' },
    });
  });

  test('merges elements by their keys, also by one that only the schema has', () => {
    expect(specAfter({ ports: [{ port: 80, name: 'web' }] }, { ports: [{ port: 80, protocol: 'TCP' }] })).toEqual({
      ports: [{ port: 80, protocol: 'TCP', name: 'web' }],
    });
    expect(specAfter({ ports: [{ port: 80, protocol: 'UDP' }] }, { ports: [{ port: 80, protocol: 'TCP' }] })).toEqual({
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 80, protocol: 'UDP' },
      ],
    });
  });

  test('takes an element away with its key, whoever set the rest of it', () => {
    const item = 'k:{"port":80,"protocol":"TCP"}';
    const ours = { 'f:ports': { [item]: { '.': leaf, 'f:port': leaf } } };
    const live = { ports: [{ port: 80, protocol: 'TCP', name: 'x' }] };
    expect(specAfter({}, live, { ours, others: { 'f:ports': { [item]: { 'f:name': leaf } } } })).toEqual({});
    const held = { 'f:ports': { [item]: { '.': leaf, 'f:name': leaf, 'f:port': leaf } } };
    expect(specAfter({}, live, { ours, others: held })).toEqual(live);
  });

  test('keeps the rendered order, and elements of others where they stand', () => {
    const port = (number: number) => ({ port: number, protocol: 'TCP' });
    const ports = (...numbers: readonly number[]) => ({ ports: numbers.map(port) });
    expect(specAfter(ports(3, 1), ports(1, 2, 3))).toEqual(ports(2, 3, 1));
    expect(specAfter(ports(1, 3), ports(1, 2, 3))).toEqual(ports(1, 2, 3));
    expect(specAfter({ tags: ['c', 'a'] }, { tags: ['a', 'b'] })).toEqual({ tags: ['c', 'a', 'b'] });
  });

  test('knows how the server writes what it was given before', () => {
    const ours = { 'f:cpu': leaf, 'f:size': leaf };
    expect(specAfter({ cpu: '1000m' }, { cpu: '1' })).toEqual({ cpu: '1' });
    expect(specAfter({ size: 1 }, { size: 7 }, { ours, recorded: { size: 1 } })).toEqual({ size: 7 });
    expect(specAfter({ size: 0 }, {}, { ours, recorded: { size: 0 } })).toEqual({});
    // Somebody took the field since: then what is there is not what the server made of ours.
    expect(specAfter({ size: 1 }, { size: 7 }, { recorded: { size: 1 } })).toEqual({ size: 1 });
  });

  test('leaves out what the server does not keep of built-in kinds: null, empty lists and maps', () => {
    expect(specAfter({ args: [], selector: {}, ports: [], size: null }, {})).toEqual({});
  });
});
