/** What somebody gets to see who gives the Action an input that it does not take. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GitFixture } from '../support/git-fixture.ts';

let fixture: GitFixture;
let shop: string;

beforeAll(() => {
  fixture = new GitFixture();
  shop = fixture.clone(fixture.bare('origin.git'), 'shop');
  fixture.commit(shop, { 'pushgate.yaml': 'version: 1\n' }, 'The shop');
});
afterAll(() => fixture[Symbol.dispose]());

function action(inputs: Readonly<Record<string, string>>): { readonly exit: number | null; readonly said: string } {
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', resolve('src/action.ts')],
    { cwd: shop, env: { ...fixture.variables, ...Object.fromEntries(given) } as NodeJS.ProcessEnv, encoding: 'utf8' },
  );
  return { exit: status, said: `${stdout}${stderr}` };
}

test.each([
  [{ command: 'plan', 'detailed-exitcode': 'yes' }, 'input detailed-exitcode: "yes": it takes true, false'],
  [{ command: 'apply', timeout: 'abc' }, 'input timeout: "abc": it is no length of time'],
  [{ command: 'plan', comment: 'nevr' }, 'Did you mean never?'],
])('%j: %s', (inputs, message) => {
  const { exit, said } = action(inputs);
  expect([exit, said]).toEqual([1, expect.stringContaining(message)]);
  expect(said).not.toContain('this is a fault in Pushgate');
});

test('what the runner’s own switches say is taken, in any case', () => {
  expect(action({ command: 'plan', 'detailed-exitcode': 'True' }).said).not.toContain('it takes');
});
