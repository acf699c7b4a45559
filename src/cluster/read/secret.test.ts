import { describe, expect, test } from '@jest/globals';
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { notRead, secretSides, withoutValues } from './secret.ts';

function secret(data: JsonObject | undefined, metadata: JsonObject = {}): Resource {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', ...metadata },
    ...(data === undefined ? {} : { data }),
  };
}

test('a record keeps the keys of a Secret and no value', () => {
  expect(withoutValues(secret({ pin: 'bmV3' }))).toEqual(secret({ pin: notRead }));
});

describe('the sides of a Secret that is never read', () => {
  const desired = secret({ pin: 'bmV3', added: 'eA==' });
  const recorded = secret({ pin: notRead, dropped: notRead });
  const live = secret(undefined, { uid: 'u' });
  const predicted = secret(undefined, { uid: 'u' });
  const sides = { desired, recorded, live, predicted, key: undefined };

  test('are equal where the server says that nothing changes', () => {
    const same = secretSides({ ...sides, changes: false, sealed: false, dropped: [] });
    expect(same.live?.['data']).toEqual(desired['data']);
    expect(same.predicted['data']).toEqual(desired['data']);
  });

  test('differ by the render where nobody touched it', () => {
    const changed = secretSides({ ...sides, changes: true, sealed: true, dropped: [] });
    expect(changed.live?.['data']).toEqual({ pin: notRead, dropped: notRead });
    expect(changed.recorded?.['data']).toEqual(changed.live?.['data']);
  });

  test('differ by somebody else where the seal is broken', () => {
    const drifted = secretSides({ ...sides, changes: true, sealed: false, dropped: [] });
    // But for the keys that were rendered then, or are now.
    expect(drifted.recorded?.['data']).toEqual({ pin: 'bmV3', dropped: notRead });
    expect(drifted.live?.['data']).toEqual({ pin: notRead, dropped: notRead });
  });

  test('differ by the render where the record has hashes that say so, whoever touched it', () => {
    const now = secret({ pin: 'bmV3', same: 'eA==' });
    const before = withoutValues(secret({ pin: 'b2xk', same: 'eA==' }), 'k');
    const of = (key: string | undefined) =>
      secretSides({ ...sides, desired: now, recorded: before, changes: true, sealed: false, dropped: [], key });
    expect(of('k').recorded?.['data']).toEqual({ pin: notRead, same: 'eA==' });
    expect(of(undefined).recorded?.['data']).toEqual(now['data']);
  });

  test('have no live one before the first apply', () => {
    const first = secretSides({
      ...sides,
      live: undefined,
      recorded: undefined,
      changes: true,
      sealed: false,
      dropped: [],
    });
    expect([first.live, first.predicted['data']]).toEqual([undefined, desired['data']]);
  });
});
