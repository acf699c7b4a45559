import { expect, test } from '@jest/globals';
import type { Json, Resource } from '../resource/resource.ts';
import { withoutDrawn } from './drawn.ts';

function service(spec: Record<string, Json>): Resource {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec };
}

const tried = service({
  type: 'NodePort',
  clusterIP: '10.0.0.0',
  clusterIPs: ['10.0.0.0'],
  healthCheckNodePort: 32770,
  ports: [{ port: 80, protocol: 'TCP', nodePort: 32769 }],
});

test('addresses and ports that a dry run made up for a new Service are left out', () => {
  const desired = service({ type: 'NodePort', ports: [{ port: 80 }] });
  expect(withoutDrawn(tried, { desired, live: undefined })).toEqual(
    service({ type: 'NodePort', ports: [{ port: 80, protocol: 'TCP' }] }),
  );
});

test('what is rendered, or was there before, counts', () => {
  const desired = service({ clusterIP: '10.0.0.0', ports: [{ port: 80, nodePort: 32769 }] });
  const rendered = withoutDrawn(tried, { desired, live: undefined })['spec'];
  expect(rendered).toMatchObject({ clusterIP: '10.0.0.0', ports: [{ nodePort: 32769 }] });
  expect(rendered).not.toHaveProperty('clusterIPs');
  expect(withoutDrawn(tried, { desired: service({}), live: tried })).toEqual(tried);
});

test('a port that is added beside others is drawn, theirs are not', () => {
  const live = service({ ports: [{ port: 80, nodePort: 31000 }] });
  const predicted = service({
    ports: [
      { port: 80, nodePort: 31000 },
      { port: 443, nodePort: 32769 },
    ],
  });
  expect(withoutDrawn(predicted, { desired: service({}), live })).toEqual(
    service({ ports: [{ port: 80, nodePort: 31000 }, { port: 443 }] }),
  );
});

test('the token volume of a new Pod has a random name, unless it is rendered', () => {
  const pod = (spec: Record<string, Json>): Resource => ({ ...service(spec), kind: 'Pod' });
  const mounts = [
    { name: 'data', mountPath: '/d' },
    { name: 'kube-api-access-x7k2p', mountPath: '/t' },
  ];
  const predicted = pod({
    containers: [
      { name: 'a', volumeMounts: mounts },
      { name: 'b', volumeMounts: mounts.slice(1) },
    ],
    volumes: [{ name: 'data' }, { name: 'kube-api-access-x7k2p' }],
  });
  expect(withoutDrawn(predicted, { desired: pod({}), live: undefined })).toEqual(
    pod({ containers: [{ name: 'a', volumeMounts: mounts.slice(0, 1) }, { name: 'b' }], volumes: [{ name: 'data' }] }),
  );
  const desired = pod({ volumes: [{ name: 'kube-api-access-x7k2p' }] });
  expect(withoutDrawn(predicted, { desired, live: undefined })).toEqual(predicted);
});
