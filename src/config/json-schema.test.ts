import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readYaml } from '../yaml/index.ts';
import { jsonSchemaText } from './json-schema.ts';

test('the published schema is the one the configuration is checked with (else run: node scripts/schema.ts)', () => {
  const published = readFileSync(new URL('../../docs/pushgate.schema.json', import.meta.url), 'utf8');

  expect(published).toBe(jsonSchemaText());
});

test('an editor that knows the schema accepts a good file and marks an unknown key', () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(jsonSchemaText()) as object);
  const good = 'version: 1\nreleases: [{ name: a, chart: charts/a, namespace: shop }]\n';

  expect(validate(plain(good))).toBe(true);
  expect(validate(plain(good.replace('chart:', 'chrt:')))).toBe(false);
});

function plain(text: string): unknown {
  return JSON.parse(JSON.stringify(readYaml(text)));
}
