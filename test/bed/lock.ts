/** A lock between processes: one of them builds or starts, the others wait for it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other live process of this machine holds `file`. A lock whose owner died is taken over.
 * `waiting` is called once when somebody else has it.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, waiting?: (owner: number) => void): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  for (;;) {
    const owner = take(file);
    if (owner === undefined) break;
    if (!told) waiting?.(owner);
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Undefined when the lock is now ours, else the process that has it. */
function take(file: string): number | undefined {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = Number(readIfThere(file) ?? 0);
  if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
  return owner;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a process with this id runs; one of another user counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
