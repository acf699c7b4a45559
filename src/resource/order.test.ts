import { expect, test } from '@jest/globals';
import { inWaves } from './order.ts';

const key = (kind: string) => ({ group: '', kind, namespace: '', name: 'a' });

test('what others need is written first, unknown kinds before workloads, webhooks last', () => {
  const kinds = [
    'ValidatingWebhookConfiguration',
    'Deployment',
    'Database',
    'ConfigMap',
    'CustomResourceDefinition',
    'Namespace',
  ];
  expect(inWaves(kinds, key)).toEqual([
    ['Namespace'],
    ['CustomResourceDefinition'],
    ['ConfigMap'],
    ['Database'],
    ['Deployment'],
    ['ValidatingWebhookConfiguration'],
  ]);
});
