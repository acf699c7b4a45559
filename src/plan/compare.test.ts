import { describe, expect, test } from '@jest/globals';
import { equal } from '../resource/equal.ts';
import type { Json } from '../resource/resource.ts';
import { compare } from './compare.ts';
import { formatPath, overlap, parsePath, stepsIn } from './path.ts';

function differences(from: Json, to: Json): string[] {
  return compare(from, to).map(
    (difference) =>
      `${formatPath(difference.path)}: ${JSON.stringify(difference.from)} → ${JSON.stringify(difference.to)}`,
  );
}

describe('what differs', () => {
  test('is named down to the scalar', () => {
    expect(differences({ spec: { replicas: 3, paused: false } }, { spec: { replicas: 2, paused: false } })).toEqual([
      'spec.replicas: 3 → 2',
    ]);
  });

  test('is one subtree where a whole map came or went', () => {
    expect(differences({ a: { b: 1 } }, { c: { d: 1, e: 2 } })).toEqual([
      'a: {"b":1} → undefined',
      'c: undefined → {"d":1,"e":2}',
    ]);
  });

  test('is found by name in a list of containers, wherever the container stands after an insertion', () => {
    const from = { containers: [{ name: 'web', image: 'a:1' }] };
    const to = {
      containers: [
        { name: 'proxy', image: 'p:1' },
        { name: 'web', image: 'a:2' },
      ],
    };
    expect(differences(from, to)).toEqual([
      'containers[proxy]: undefined → {"name":"proxy","image":"p:1"}',
      'containers[web].image: "a:1" → "a:2"',
    ]);
  });

  test('is the whole list where only the order changed, because order can matter', () => {
    const a = { name: 'A', value: '1' };
    const b = { name: 'B', value: '2' };
    expect(compare({ env: [a, b] }, { env: [b, a] })).toHaveLength(1);
  });

  test('is found by two fields where only both name the elements, also where the server’s own value is not written', () => {
    const dns = (more: object) => ({ ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP', ...more }] });
    const written = { containerPort: 53, protocol: 'TCP' };
    const moved = { ports: [{ containerPort: 80 }, written, { containerPort: 53, protocol: 'UDP', name: 'b' }] };
    expect(differences(dns({ name: 'a' }) as Json, moved as Json)).toEqual([
      'ports[80/TCP]: undefined → {"containerPort":80}',
      'ports[53/TCP].protocol: undefined → "TCP"',
      'ports[53/UDP].name: "a" → "b"',
    ]);
    expect(parsePath(moved as Json, 'ports[53/UDP].name')).toEqual(['ports', 2, 'name']);
  });

  test('is found by index where nothing names the elements', () => {
    expect(differences([{ a: [1] }, { a: [2] }], [{ a: [1] }, { a: [3] }])).toEqual(['[1].a: [2] → [3]']);
  });

  test('does not confuse a key named like a prototype member with the prototype', () => {
    const from = JSON.parse('{"data":{}}') as Json;
    const to = JSON.parse('{"data":{"__proto__":"x","constructor":"y"}}') as Json;
    expect(differences(from, to)).toEqual(['data.__proto__: undefined → "x"', 'data.constructor: undefined → "y"']);
  });

  test('a large integer is equal to itself whichever way it was read', () => {
    expect(equal(12n, 12)).toBe(true);
    expect(equal(9007199254740993n, 9007199254740992n)).toBe(false);
    expect(equal(1n, '1')).toBe(false);
  });
});

test('paths overlap when one lies inside the other, and not when they only begin alike', () => {
  expect(overlap('spec.template', 'spec.template.spec.containers[web].image')).toBe(true);
  expect(overlap('spec.containers[web]', 'spec.containers')).toBe(true);
  expect(overlap('spec.replicas', 'spec.replicasMax')).toBe(false);
  expect(overlap('', 'spec')).toBe(true);
});

test('a key that is no plain word is quoted in a path', () => {
  expect(formatPath(['metadata', 'annotations', 'a.b/c'])).toBe('metadata.annotations["a.b/c"]');
});

test('an element that is named by what tells it apart is found again by its place', () => {
  const object = { containers: [{ name: 'a' }, { name: 'b', ports: [{ containerPort: 80 }] }] };
  const path = ['containers', { by: 'name', is: 'b' }, 'ports', { by: 'containerPort', is: '80' }];
  expect(stepsIn(object, path)).toEqual(['containers', 1, 'ports', 0]);
  expect(stepsIn(object, ['containers', { by: 'name', is: 'c' }])).toBeUndefined();
});
