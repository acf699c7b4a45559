/** The door of the bed for tests and benchmarks: `startBed`, `whyNoBed`, `oracle`. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bed } from './control-plane.ts';
import { cacheFolder, type Found, findProgram } from './find.ts';
import { isAlive, withLock } from './lock.ts';
import { controlPlane, type ProgramName } from './parts.ts';

export type { Bed } from './control-plane.ts';
export type { Login } from './logins.ts';

/** The programs that results are compared with. */
export type Oracle = 'helm' | 'helm3' | 'kubectl' | 'kustomize' | 'act';

/** The path of a real program to compare with, or why it is not here. */
export function oracle(name: Oracle): Found {
  return findProgram(name);
}

/** Why no bed can be started here, or undefined when one can. */
export function whyNoBed(): string | undefined {
  const missing = controlPlane.filter((program) => findProgram(program as ProgramName).path === undefined);
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} not here; \`npm run bed -- build\` builds a control plane with Go, once`;
}

/** The folder of the bed that a person started with `npm run bed -- up`. */
export function upFolder(): string {
  return join(cacheFolder(), 'up');
}

/**
 * The bed of this test run: a person's running one if there is one, else one that all the workers of the run share and
 * that ends with the run. Throws with the logs' last lines when it does not start.
 */
export async function startBed(): Promise<Bed> {
  const persons = runningBed(upFolder());
  if (persons !== undefined) return persons;
  const folder = process.env['PUSHGATE_BED_FOLDER'] ?? join(tmpdir(), `pushgate-bed-${process.pid}`);
  const owner = Number(process.env['PUSHGATE_BED_OWNER'] ?? process.pid);
  return startBedIn(folder, owner);
}

/** Starts a bed in `folder` unless one runs there. `owner` is the process that it ends with, 0 for none. */
export async function startBedIn(folder: string, owner: number): Promise<Bed> {
  return withLock(`${folder}.lock`, async () => runningBed(folder) ?? (await superviseBed(folder, owner)));
}

async function superviseBed(folder: string, owner: number): Promise<Bed> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(folder, 'supervisor.log'), 'a');
  const supervisor = fileURLToPath(new URL('supervisor.ts', import.meta.url));
  const child = spawn(process.execPath, [supervisor, folder, String(owner)], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  const { pid } = child;
  for (;;) {
    const bed = runningBed(folder);
    if (bed !== undefined) return bed;
    const failed = join(folder, 'failed.txt');
    if (existsSync(failed)) throw new Error(`the bed did not start: ${readFileSync(failed, 'utf8')}`);
    if (pid === undefined || !isAlive(pid)) {
      throw new Error(`the bed did not start: ${readFileSync(join(folder, 'supervisor.log'), 'utf8')}`);
    }
    await sleep(100);
  }
}

/** The bed that runs in this folder, or undefined. */
function runningBed(folder: string): Bed | undefined {
  try {
    const bed = JSON.parse(readFileSync(join(folder, 'bed.json'), 'utf8')) as Bed;
    return isAlive(bed.supervisor) ? bed : undefined;
  } catch {
    return undefined;
  }
}

/** Ends the bed of this folder and waits until it is gone. False when none ran. */
export async function stopBedIn(folder: string): Promise<boolean> {
  const bed = runningBed(folder);
  if (bed === undefined) return false;
  process.kill(bed.supervisor, 'SIGTERM');
  while (isAlive(bed.supervisor) && existsSync(folder)) await sleep(50);
  return true;
}
