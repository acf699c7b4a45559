/**
 * `npm run threats`: runs the tests of every threat of test/threats.ts and prints A1 to A28 with the result of each.
 * A test that does not exist fails; one that cannot run here (no control plane) is said to be not run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestName } from '../test/threats.ts';
import { furtherTests, threats } from '../test/threats.ts';

interface JestResult {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

type Result = 'passed' | 'failed' | 'not run' | 'no such test';

const sign: Readonly<Record<Result, string>> = { passed: '✓', failed: '✗', 'not run': '-', 'no such test': '✗' };

process.exitCode = main();

function main(): number {
  const all = [...threats.flatMap(({ tests }) => tests), ...furtherTests];
  const results = runTests([...new Set(all.map(({ file }) => file))]);
  const seen: Result[] = [];
  const told = (test: TestName): string => {
    const result = resultOf(test, results);
    seen.push(result);
    return `       ${sign[result]} ${result}: ${test.file}: ${test.name}`;
  };
  for (const { id, attack, standing, tests } of threats)
    console.log([`${id.padEnd(4)} ${standing.padEnd(10)} ${attack}`, ...tests.map(told)].join('\n'));
  console.log(['Also tried:', ...furtherTests.map(told)].join('\n'));
  const count = (...wanted: readonly Result[]): number => seen.filter((result) => wanted.includes(result)).length;
  const bad = count('failed', 'no such test');
  const standings = (['tested', 'simulated', 'documented'] as const)
    .map((standing) => `${threats.filter((threat) => threat.standing === standing).length} ${standing}`)
    .join(', ');
  console.log(
    `${threats.length} threats: ${standings}; tests: ${count('passed')} passed, ${bad} failed, ${count('not run')} not run`,
  );
  return bad > 0 ? 1 : 0;
}

function runTests(files: readonly string[]): JestResult {
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-threats-'));
  const output = join(folder, 'result.json');
  try {
    spawnSync(process.execPath, ['scripts/test.ts', '--silent', '--runTestsByPath', ...files], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, PUSHGATE_TEST_RESULT: output },
    });
    return JSON.parse(readFileSync(output, 'utf8')) as JestResult;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The cases of a table have the title with its places filled; all of them must have passed. */
function resultOf({ file, name }: TestName, { testResults }: JestResult): Result {
  const suite = testResults.find((result) => result.name.endsWith(`/${file}`));
  const pattern = new RegExp(
    name
      .split(/%[a-z]/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
    's',
  );
  const own = (suite?.assertionResults ?? []).filter(({ fullName }) => pattern.test(fullName));
  if (own.length === 0) return 'no such test';
  if (own.some(({ status }) => status === 'failed')) return 'failed';
  return own.some(({ status }) => status === 'passed') ? 'passed' : 'not run';
}
