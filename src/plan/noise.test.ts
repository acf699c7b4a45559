import { describe, expect, test } from '@jest/globals';
import { controllerReason, writerOf } from '../fields/writer.ts';
import type { Resource } from '../resource/resource.ts';
import { readYaml } from '../yaml/index.ts';
import { noiseNotices, proposalsFor, proposedRule, ruleText } from './noise.ts';
import type { Change } from './plan.ts';

const now = new Date('2026-11-21T10:00:00Z');
const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };

describe('a proposed rule', () => {
  test('names object, field and reason, ends, and reads as YAML', () => {
    const rule = proposedRule({ key, path: 'spec.replicas', controller: 'kube-controller-manager' }, now);
    expect(readYaml(ruleText(rule))).toEqual([
      {
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        path: 'spec.replicas',
        reason: 'kube-controller-manager sets it: the number of replicas is scaled automatically',
        until: '2027-02-19',
      },
    ]);
  });

  test('is made for what a controller wrote, and for nothing else', () => {
    const edits = [{ manager: 'cert-manager-cainjector', paths: ['webhooks[a].clientConfig'] }];
    const paths = ['webhooks[a].clientConfig.caBundle', 'webhooks[b].clientConfig.caBundle', 'spec.replicas'];
    const rules = proposalsFor({ ...key, namespace: '' }, { paths, edits, now });
    expect(rules.map(({ path, namespace, reason }) => [path, namespace, reason])).toEqual([
      [
        'webhooks[a].clientConfig.caBundle',
        undefined,
        'cert-manager-cainjector sets it: the certificate of the webhook is put in',
      ],
    ]);
  });
});

describe('a plan', () => {
  const web = (replicas: number): Resource => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          subresource: 'scale',
          fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        },
      ],
    },
    spec: { replicas },
  });
  const noticesFor = (live: Resource) => {
    const field = { path: 'spec.replicas', from: '5', to: '2', cause: 'drift', origin: undefined } as const;
    const change: Change = {
      key,
      action: 'update',
      causes: ['drift'],
      fields: [field],
      consequences: [],
      source: undefined,
      digest: 'd',
      parts: [],
    };
    return noiseNotices([{ change, live, predicted: web(2) }], 'production', now);
  };

  test('says which controller flaps against the render, with the rule that leaves it out', () => {
    const [notice] = noticesFor(web(5));
    expect(notice?.severity).toBe('info');
    expect(notice?.text).toContain('Deployment shop/web: kube-controller-manager sets it');
    expect(notice?.text).toContain('environments.production.drift.ignore: - { kind: "Deployment"');
  });

  test('says nothing of what a person did', () => {
    const { managedFields: _, ...metadata } = web(5).metadata;
    expect(noticesFor({ ...web(5), metadata: { ...metadata, name: 'web' } })).toEqual([]);
  });
});

describe('a field manager', () => {
  test.each([
    ['kubectl-edit', 'person'],
    ['kubectl', 'person'],
    ['Mozilla', 'person'],
    ['helm', 'deployer'],
    ['argocd-controller', 'deployer'],
    ['kube-controller-manager', 'controller'],
    ['vpa-recommender', 'controller'],
    ['istio-sidecar-injector', 'controller'],
  ])('%s is a %s', (manager, writer) => expect(writerOf(manager)).toBe(writer));

  test('says why it sets a field where that is known', () => {
    expect(controllerReason('x', 'spec.template.spec.containers[istio-proxy]')).toBe('x sets it: it is injected');
    expect(controllerReason('x', 'spec.paused')).toBe('x sets it');
  });
});
