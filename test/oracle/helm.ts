import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Profile, profileOf } from '../../src/helm/profile.ts';
import { oracle } from '../bed/bed.ts';

/** A real helm to compare with. */
export interface Helm {
  readonly program: string;
  readonly profile: Profile;
}

/** The helm of $PUSHGATE_HELM, or the bed's; a sentence when there is none whose behaviour is known here. */
export function findHelm(): Helm | string {
  const named = process.env['PUSHGATE_HELM'];
  const found = named === undefined || named === '' ? oracle('helm') : { path: named };
  if (found.path === undefined) return `no helm to compare with: ${found.reason}`;
  return helmAt(found.path);
}

/** That helm and, where the bed has one, a Helm 3 besides. */
export function helmsAtHand(): readonly Helm[] | string {
  const first = findHelm();
  if (typeof first === 'string') return first;
  const { path } = oracle('helm3');
  const second = path === undefined || first.profile.major === 3 ? undefined : helmAt(path);
  return second === undefined || typeof second === 'string' ? [first] : [first, second];
}

function helmAt(program: string): Helm | string {
  const asked = spawnSync(program, ['version', '--template', '{{.Version}}'], { encoding: 'utf8' });
  if (asked.error !== undefined) return `no helm to compare with: ${program} cannot be run; PUSHGATE_HELM names one`;
  const profile = profileOf(asked.stdout.trim());
  if (profile === undefined) return `helm ${asked.stdout.trim()} is none that is known here`;
  return { program, profile };
}

export interface HelmOutcome {
  readonly status: 'ok' | 'error';
  /** Standard output, or the message without `Error: `. */
  readonly text: string;
}

/** Runs `helm template` in UTC on a chart of the given files. */
export function helmTemplate(helm: Helm, files: Readonly<Record<string, string | Uint8Array>>): HelmOutcome {
  const chart = mkdtempSync(join(tmpdir(), 'pushgate-oracle-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(chart, path)), { recursive: true });
      writeFileSync(join(chart, path), content);
    }
    return helmIn(helm, chart, []);
  } finally {
    rmSync(chart, { recursive: true, force: true });
  }
}

/** Runs `helm template` in UTC on the chart in a folder, from within it. */
export function helmIn(helm: Helm, folder: string, flags: readonly string[]): HelmOutcome {
  const run = spawnSync(helm.program, ['template', 'release', '.', ...flags], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { PATH: process.env['PATH'], HOME: folder, TZ: 'UTC' },
  });
  if (run.status === 0) return { status: 'ok', text: run.stdout };
  const [, message = run.stderr] = /^Error: (.*)$/ms.exec(run.stderr) ?? [];
  return { status: 'error', text: message.replace(/\n\nUse --debug flag.*\n$/, '').trimEnd() };
}
