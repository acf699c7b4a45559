import { expect, test } from '@jest/globals';
import type { JsonObject, Resource } from './resource.ts';
import { withEncodedStringData } from './secret.ts';

test('a Secret written with stringData is the one that the server keeps', () => {
  const written = secret({ data: { user: 'YWRtaW4=', password: 'b2xk' }, stringData: { password: 'nëu', empty: '' } });

  expect(withEncodedStringData(written)).toEqual(
    secret({ data: { user: 'YWRtaW4=', password: Buffer.from('nëu').toString('base64'), empty: '' } }),
  );
});

test('what is no Secret of the core group keeps its stringData', () => {
  const other = { ...secret({ stringData: { a: 'b' } }), apiVersion: 'example.com/v1' } as JsonObject as Resource;

  expect(withEncodedStringData(other)).toBe(other);
});

function secret(content: JsonObject): Resource {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...content } as JsonObject as Resource;
}
