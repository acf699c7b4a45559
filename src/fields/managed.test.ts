import { expect, test } from '@jest/globals';
import type { Resource } from '../resource/resource.ts';
import { authorOf } from './attribution.ts';
import { ourEntry, owns } from './managed.ts';

const live: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    managedFields: [
      {
        manager: 'pushgate',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-01-01T10:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:selector': {},
            'f:template': {
              'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
      {
        manager: 'kubectl',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: '2026-01-02T11:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        subresource: 'scale',
      },
    ],
  },
};

test('an entry owns the fields it lists and all that is below a field it owns whole', () => {
  const ours = ourEntry(live);
  if (ours === undefined) throw new Error('no entry of ours');
  const container = ['spec', 'template', 'spec', 'containers', { keys: { name: 'web' } }] as const;
  expect(owns(ours, [...container, 'image'])).toBe(true);
  expect(owns(ours, [...container, 'command'])).toBe(false);
  expect(owns(ours, ['spec', 'selector', 'matchLabels', 'app'])).toBe(true);
  expect(owns(ours, ['spec', 'replicas'])).toBe(false);
});

test('the author of a field is the newest manager that owns it and is not us', () => {
  expect(authorOf(live, ['spec', 'replicas'])).toEqual({
    manager: 'kubectl',
    time: '2026-01-02T11:00:00Z',
    subresource: 'scale',
  });
  expect(authorOf(live, ['spec', 'selector'])).toBeUndefined();
});
