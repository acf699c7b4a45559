import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { GitFixture } from '../support/git-fixture.ts';

const config = `version: 1
defaults: { namespace: shop }
releases:
  - { name: catalog, chart: catalog }
  - { name: broken, chart: nothing }
environments:
  production: { manifests: { repository: ., branch: deploy/production }, releases: [catalog], gate: { mode: none } }
  staging: { manifests: { repository: ., branch: deploy/staging }, releases: [broken] }
`;

const object = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { v: "${value}" }\n`;

let fixture: GitFixture;
let shop: string;

beforeAll(() => {
  fixture = new GitFixture();
  shop = fixture.repository('shop');
  fixture.commit(
    shop,
    {
      'pushgate.yaml': config,
      'catalog/a.yaml': object('1'),
      'catalog/b.yaml': object('1').replace('name: a', 'name: b'),
    },
    'The shop',
  );
  fixture.commit(shop, {}, 'Rules are there now');
  expect(pushgate('apply', '-e', 'production')).toContain('applied');
  fixture.commit(shop, { 'catalog/a.yaml': object('2'), 'catalog/b.yaml': undefined }, 'A change and a deletion');
});

afterAll(() => fixture[Symbol.dispose]());

function pushgate(...words: readonly string[]): string {
  const args = ['--disable-warning=ExperimentalWarning', resolve('src/cli.ts'), ...words, '--output', 'json'];
  return spawnSync(process.execPath, args, { cwd: shop, env: fixture.variables as NodeJS.ProcessEnv, encoding: 'utf8' })
    .stdout;
}

test('the JSON of a plan is what its published schema says, with changes and with an environment that fails', () => {
  const validate = new Ajv({ allErrors: true }).compile(
    JSON.parse(readFileSync('docs/plan.schema.json', 'utf8')) as object,
  );
  const plans = JSON.parse(pushgate('plan')) as {
    readonly environments: readonly {
      readonly plan: { readonly releases: readonly { readonly changes: unknown[] }[] } | null;
    }[];
  };
  validate(plans);
  expect(validate.errors).toBeNull();
  expect(plans.environments[0]?.plan?.releases[0]?.changes).toHaveLength(2);
  expect(plans.environments[1]).toMatchObject({ plan: null, problem: expect.stringContaining('source-missing') });
});
