/**
 * `node supervisor.ts FOLDER OWNER`: holds the processes of one bed together. It writes `bed.json` when the bed is
 * ready or `failed.txt` when it is not to be had, and ends everything when it is told to, when a part of the bed ends,
 * or when the owner is gone, so that no control plane outlives a killed test run. OWNER 0 means nobody: the bed stays.
 */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startControlPlane } from './control-plane.ts';
import { isAlive } from './lock.ts';

const [folder, ownerText] = process.argv.slice(2);
if (folder === undefined || ownerText === undefined) throw new Error('supervisor.ts FOLDER OWNER');
const owner = Number(ownerText);
const children: ChildProcess[] = [];
let ending = false;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(0));

try {
  const bed = await startControlPlane(folder, children);
  // Readers wait for the file to appear, so it has to appear whole.
  writeFileSync(join(folder, 'bed.json.new'), JSON.stringify(bed, null, 2));
  renameSync(join(folder, 'bed.json.new'), join(folder, 'bed.json'));
} catch (error) {
  if (!ending) {
    writeFileSync(join(folder, 'failed.txt'), `${(error as Error).message}\n${lastLogLines(folder)}`);
    await end(1);
  }
}

while (!ending) {
  await sleep(500);
  if (owner !== 0 && !isAlive(owner)) await end(0);
  else if (children.some(hasEnded)) await end(1);
}

async function end(status: number): Promise<void> {
  if (ending) return;
  ending = true;
  rmSync(join(folder as string, 'bed.json'), { force: true });
  // etcd goes last: the others would fill their logs while they look for it.
  for (const child of [...children].reverse()) await endChild(child);
  if (status === 0) rmSync(folder as string, { recursive: true, force: true });
  process.exit(status);
}

async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  // Nothing of a bed is worth a graceful end, and kube-apiserver takes its time over one.
  child.kill('SIGKILL');
  await gone;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function lastLogLines(from: string): string {
  return readdirSync(from)
    .filter((name) => name.endsWith('.log'))
    .map((name) => {
      const lines = readFileSync(join(from, name), 'utf8').trimEnd().split('\n').slice(-5);
      return `--- ${name}\n${lines.join('\n')}`;
    })
    .join('\n');
}
