/** A namespace of its own for each test, and kubectl as the administrator for what a test does by hand. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type Bed, oracle } from './bed.ts';
import type { Login } from './logins.ts';

export interface KubectlOptions {
  readonly as?: Login;
  /** Standard input. */
  readonly input?: string;
  /** Beside the variables of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs kubectl and gives its output; throws with what it said when it fails. */
export function kubectl(bed: Bed, args: readonly string[], options: KubectlOptions = {}): string {
  const found = oracle('kubectl');
  if (found.path === undefined) throw new Error(found.reason);
  const run = spawnSync(found.path, ['--kubeconfig', bed.kubeconfigs[options.as ?? 'administrator'], ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (run.status !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
  return run.stdout;
}

/** What somebody changes with `kubectl patch`: a merge patch of one object, `kind/name`. */
export function patchByHand(bed: Bed, namespace: string, object: string, patch: object): void {
  kubectl(bed, ['patch', object, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch)]);
}

/** Makes a namespace with a name nobody else has. Leave it: the bed ends with the run; `dropNamespace` is for `up` beds. */
export function makeNamespace(bed: Bed): string {
  const name = `t-${randomBytes(5).toString('hex')}`;
  kubectl(bed, ['create', 'namespace', name]);
  return name;
}

/** Asks for the namespace's deletion and does not wait for it. */
export function dropNamespace(bed: Bed, name: string): void {
  kubectl(bed, ['delete', 'namespace', name, '--wait=false']);
}
