import { expect, test } from '@jest/globals';
import { parseConfig } from './parse.ts';
import { describePolicyChange, type Policy, policyOf } from './policy.ts';

const base = `version: 1
releases: [{ name: catalog, chart: charts/catalog, namespace: shop }]
environments:
  production:
    cluster: { context: prod }
    refs: [main]
    gate: { approvals: 2 }
    namespaces: [shop]
`;

test('a merge request that loosens the gate is told in its own words', () => {
  const loosened = base
    .replace('gate: { approvals: 2 }', 'gate: { mode: none }\n    prune: { protect: [] }')
    .replace('    namespaces: [shop]\n', '')
    .replace('[main]', '[main, "feature/*"]');

  expect(describePolicyChange(policy(base), policy(loosened))).toEqual([
    'refs: main → main, feature/*',
    'gate.mode: merge → none',
    'gate.approvals: 2 → 0',
    'namespaces: shop → all',
    'prune.protect: Namespace, PersistentVolumeClaim, CustomResourceDefinition → none',
  ]);
});

test('another cluster, another order and a new ignore rule are changes of policy', () => {
  const moved = base
    .replace('context: prod', 'context: other')
    .replace(
      'gate:',
      'drift: { mode: heal, ignore: [{ kind: Deployment, name: cart, path: spec.replicas, reason: autoscaler, until: 2027-01-01 }] }\n    gate:',
    );

  expect(describePolicyChange(policy(base), policy(moved))).toEqual([
    'where it is: cluster prod → cluster other',
    'drift.mode: report → heal',
    'drift.ignore: none → Deployment/cart spec.replicas until 2027-01-01 (autoscaler)',
  ]);
});

test('the same policy written another way, or other releases, are no change of policy', () => {
  const same = base
    .replace('gate: { approvals: 2 }', 'gate: { mode: merge, approvals: 2, selfApproval: false }\n    after: []')
    .replace('charts/catalog', 'charts/other');

  expect(describePolicyChange(policy(base), policy(same))).toEqual([]);
});

test('an environment that comes or goes is a change of policy', () => {
  expect(describePolicyChange(undefined, policy(base))).toEqual([
    'environment production is new: cluster prod, gate merge, 2 approvals, from main',
  ]);
  expect(describePolicyChange(policy(base), undefined)).toEqual([
    'environment production is taken out; it was: cluster prod, gate merge, 2 approvals, from main',
  ]);
});

function policy(text: string): Policy | undefined {
  const config = parseConfig({ file: 'pushgate.yaml', files: { read: () => text, paths: () => [] } });
  return policyOf(config, 'production');
}
