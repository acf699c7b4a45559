import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json, Resource } from '../resource/resource.ts';
import { maskedText, masker, maskText } from './mask.ts';

const noKey = { secrets: [], key: undefined };

function secretWith(fields: Record<string, unknown>): Resource {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, ...fields } as Resource;
}

describe('a Secret', () => {
  const canary = fc.stringMatching(/^[A-Za-z0-9]{20}$/);

  test('shows its name and type and not one value, wherever the value stands', () => {
    fc.assert(
      fc.property(canary, fc.constantFrom('data', 'stringData', 'labels', 'annotations', 'other'), (value, place) => {
        const resource =
          place === 'labels' || place === 'annotations'
            ? secretWith({ metadata: { name: 'db', [place]: { note: value } } })
            : secretWith({ [place]: { password: value, nested: [{ deep: value }] } });
        const { shown, hashed, masked } = masker(resource, { secrets: [], key: 'k' })([], resource);
        expect(JSON.stringify([shown, hashed])).not.toContain(value);
        expect(JSON.stringify(shown)).toContain('"db"');
        expect(masked).toBe(true);
      }),
    );
  });

  test('has the same digest material for the same value and another for another, only where there is a key', () => {
    const hashOf = (value: string, key: string | undefined): string =>
      JSON.stringify(masker(secretWith({}), { secrets: [], key })(['data', 'p'], value).hashed);
    expect(hashOf('one', 'key')).toBe(hashOf('one', 'key'));
    expect(hashOf('one', 'key')).not.toBe(hashOf('two', 'key'));
    expect(hashOf('one', 'key')).not.toBe(hashOf('one', 'other key'));
    expect(hashOf('one', undefined)).toBe(hashOf('two', undefined));
  });
});

describe('any other object', () => {
  const deployment: Resource = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };

  test('hides variables, keys and texts that tell a secret, and shows the rest', () => {
    const show = masker(deployment, noKey);
    const env = ['spec', 'containers', { by: 'name', is: 'web' }, 'env'];
    expect(show([...env, { by: 'name', is: 'DB_PASSWORD' }, 'value'], 'hunter2').shown).toBe(maskedText);
    expect(show([...env, { by: 'name', is: 'LOG_LEVEL' }, 'value'], 'debug').shown).toBe('debug');
    expect(show([...env, { by: 'name', is: 'DSN' }, 'value'], 'postgres://u:p@db/x').shown).toBe(maskedText);
    expect(show(['data', 'api_key'], 'abc').shown).toBe(maskedText);
    expect(show(['data', 'tls'], '-----BEGIN RSA PRIVATE KEY-----\nx').shown).toBe(maskedText);
    expect(show(['spec', 'tokenReviewAudiences'], 'x').shown).toBe('x');
  });

  test('shows the name of a Secret that it refers to', () => {
    const path = ['spec', 'env', { by: 'name', is: 'DB_PASSWORD' }, 'valueFrom', 'secretKeyRef', 'name'];
    expect(masker(deployment, noKey)(path, 'db').shown).toBe('db');
  });

  test('hides the values that the run knows to be secret, in every encoding', () => {
    const secret = 's3cr3t-välue';
    const show = masker(deployment, { secrets: [secret], key: undefined });
    const bytes = Buffer.from(secret);
    for (const form of [
      secret,
      bytes.toString('base64'),
      bytes.toString('hex'),
      bytes.toString('base64url'),
      encodeURIComponent(secret),
    ])
      expect(show(['spec', 'args', 0], `--x=${form}`).shown).toBe(maskedText);
  });
});

test('a message of another program loses every form of a secret', () => {
  const text = maskText('invalid value "hunter22": aHVudGVyMjI= https://bob:pw@host/', ['hunter22']);
  expect(text).not.toMatch(/hunter22|aHVudGVyMjI|bob:pw/);
});

test.each([0, 1, 2, 3, 4, 5])('a secret behind %s other signs is found in the base64 of the whole text', (before) => {
  const text = Buffer.from(`${'x'.repeat(before)}S3cret-Wert-0815 and more`).toString('base64');
  expect(maskText(text, ['S3cret-Wert-0815'])).toContain(maskedText);
  expect(maskText(text.replaceAll('+', '-').replaceAll('/', '_'), ['S3cret-Wert-0815'])).toContain(maskedText);
});

test.each([
  ['hexadecimal in capitals', Buffer.from('geheim <&> wort!').toString('hex').toUpperCase()],
  ['a query of Go', 'geheim+%3C%26%3E+wort%21'],
  ['JSON of Go', 'geheim \\u003c\\u0026\\u003e wort!'],
])('a secret is found as %s', (_, text) => {
  expect(maskText(`a=${text};`, ['geheim <&> wort!'])).toBe(`a=${maskedText};`);
});

test('without a key a masked value is told apart by the files it comes from', () => {
  const hashOf = (content: string | undefined): Json =>
    masker(secretWith({}), { secrets: [], key: undefined, content })(['data', 'a'], 'one').hashed;
  expect(hashOf('files-1')).not.toEqual(hashOf('files-2'));
  expect(hashOf('files-1')).toEqual(hashOf('files-1'));
});
