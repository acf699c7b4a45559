/** `describe` for suites that need the bed or an oracle: where these are not here they are skipped, and it is said. */
import { appendFileSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, test } from '@jest/globals';
import { type Bed, type Oracle, oracle, startBed, whyNoBed } from './bed.ts';
import { dropNamespace, makeNamespace } from './namespaces.ts';

/** A cold start on two busy cores; the bed itself gives up earlier. */
const startPatience = 150_000;

/**
 * A suite on a real API server. `bed()` may be called from hooks and tests, not while the suite is being declared.
 * The first suite of the run that comes here starts the bed.
 */
export function describeOnBed(name: string, body: (bed: () => Bed) => void): void {
  const missing = whyNoBed();
  if (missing !== undefined) {
    notRunHere(name, missing);
    return;
  }
  describe(name, () => {
    let bed: Bed | undefined;
    beforeAll(async () => {
      bed = await startBed();
    }, startPatience);
    body(() => {
      if (bed === undefined) throw new Error('the bed is there from beforeAll on');
      return bed;
    });
  });
}

/** A namespace for each test of a suite, told to it before the test; all of them go at the suite's end. */
export function eachInItsNamespace(bed: () => Bed, tell: (namespace: string) => void): void {
  const made: string[] = [];
  beforeEach(() => {
    const namespace = makeNamespace(bed());
    made.push(namespace);
    tell(namespace);
  });
  afterAll(() => {
    for (const namespace of made) dropNamespace(bed(), namespace);
  });
}

/** A suite that compares with real programs; `path` gives where each of them is. */
export function describeWithOracles(
  name: string,
  needed: readonly Oracle[],
  body: (path: (name: Oracle) => string) => void,
): void {
  for (const program of needed) {
    const found = oracle(program);
    if (found.path === undefined) {
      notRunHere(name, found.reason);
      return;
    }
  }
  describe(name, () =>
    body((program) => {
      const found = oracle(program);
      if (found.path === undefined) throw new Error(found.reason);
      return found.path;
    }),
  );
}

/** A suite that needs a program of the machine, such as rsync, which a package of that name brings. */
export function describeWithProgram(name: string, program: string, body: () => void): void {
  const there = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
  if (there) describe(name, body);
  else notRunHere(name, `${program} is not installed`);
}

/** Counts as one skipped test, and `npm test` prints the reason at its end: a skip that nobody reads is a false pass. */
export function notRunHere(name: string, reason: string): void {
  const notes = process.env['PUSHGATE_NOT_RUN'];
  if (notes !== undefined) appendFileSync(notes, `${name}: ${reason}\n`);
  describe(name, () => {
    test.skip(`not run here: ${reason}`, () => {});
  });
}
