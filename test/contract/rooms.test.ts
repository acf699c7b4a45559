import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

let house: string;

/** An empty house with this project's rules. */
beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'pushgate-rooms-'));
  const rules = JSON.parse(readFileSync('biome.json', 'utf8')) as Record<string, unknown>;
  const { $schema: _schema, vcs: _vcs, ...own } = rules;
  writeFileSync(join(house, 'biome.json'), JSON.stringify(own));
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

/** What the linter says of a file that stands there. */
function lint(path: string, source: string): { readonly fails: boolean; readonly said: string } {
  const file = join(house, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const program = resolve('node_modules/.bin/biome');
  const { status, stdout, stderr } = spawnSync(program, ['lint', path], { cwd: house, encoding: 'utf8' });
  rmSync(file);
  return { fails: status !== 0, said: `${stdout}${stderr}` };
}

describe('the linter keeps the rooms apart', () => {
  test.each([
    [
      'a pure room from doing I/O',
      'src/plan/x.ts',
      "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
    ],
    ['a pure room from an I/O room', 'src/gate/x.ts', "import { x } from '../forge/open.ts';\nexport const y = x;\n"],
    [
      'the engine from everything but yaml',
      'src/helm/x.ts',
      "import { Problem } from '../problem.ts';\nexport const y = Problem;\n",
    ],
    ['I/O rooms from each other', 'src/forge/x.ts', "import { x } from '../manifests/read.ts';\nexport const y = x;\n"],
    [
      'plan from the writing door of clusters',
      'src/commands/plan.ts',
      "import { x } from '../cluster/write/apply-release.ts';\nexport const y = x;\n",
    ],
    [
      'drift from the writing door of manifests',
      'src/commands/drift.ts',
      "import { x } from '../manifests/write.ts';\nexport const y = x;\n",
    ],
    [
      'reading a cluster from writing to it',
      'src/cluster/read/x.ts',
      "import { x } from '../write/lease.ts';\nexport const y = x;\n",
    ],
    [
      'a library from a room that is not its own',
      'src/report/x.ts',
      "import { simpleGit } from 'simple-git';\nexport const y = simpleGit;\n",
    ],
    [
      'the environment from everybody but the fronts',
      'src/commands/x.ts',
      "export const home = process.env['HOME'];\n",
    ],
  ])('%s', (_words, path, source) => {
    const { fails, said } = lint(path, source);
    expect([fails, said]).toEqual([true, expect.stringMatching(/noRestrictedImports|noProcessEnv/)]);
  });

  test('and lets apply through the doors it needs', () => {
    const source = "import { writeReleases } from '../manifests/write.ts';\nexport const y = writeReleases;\n";
    expect(lint('src/commands/apply.ts', source).fails).toBe(false);
  });
});

test('every direct dependency is pinned exactly and has its reason on the list', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const page = readFileSync('docs/dependencies.md', 'utf8');
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    if (!name.startsWith('@types/') && name !== '@jest/globals')
      expect([name, page.includes(`\`${name}\``)]).toEqual([name, true]);
  }
});
