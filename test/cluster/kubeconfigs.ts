/** Kubeconfigs as platforms write them, login programs played by scripts, and whom the server takes them for. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, makeClient } from '../../src/cluster/read/client.ts';
import { discover } from '../../src/cluster/read/discovery.ts';
import { type KubeconfigOptions, loadKubeconfig } from '../../src/cluster/read/kubeconfig.ts';
import { type Json, valueAt } from '../../src/resource/resource.ts';
import { checkout } from './support.ts';

export const folder = mkdtempSync(join(tmpdir(), 'pushgate-interop-'));
let files = 0;

export function write(content: string, name = `file-${++files}`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export interface Shape {
  readonly cluster: object;
  readonly user: object;
  /** Of the context; `shop` where none is given. */
  readonly namespace?: string;
  readonly names?: { readonly cluster: string; readonly user: string; readonly context: string };
}

/** A kubeconfig as its platform writes it. */
export function kubeconfig({
  cluster,
  user,
  namespace = 'shop',
  names = { cluster: 'c', user: 'u', context: 'x' },
}: Shape): string {
  return write(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      preferences: {},
      clusters: [{ name: names.cluster, cluster }],
      users: [{ name: names.user, user }],
      contexts: [{ name: names.context, context: { cluster: names.cluster, user: names.user, namespace } }],
      'current-context': names.context,
    }),
  );
}

export function clientWith(options: Partial<KubeconfigOptions>): Client {
  const config = loadKubeconfig({ kubeconfig: undefined, home: undefined, context: undefined, checkout, ...options });
  return makeClient({ config, userAgent: 'pushgate-test', env: process.env, timeout: 10_000 });
}

/** Whom the server takes this login for. */
export async function whoAmI(options: Partial<KubeconfigOptions>): Promise<string> {
  const client = clientWith(options);
  await discover(client);
  return String(valueAt(await selfOf(client), ['username']));
}

/** What the server knows of whoever asks. */
export async function selfOf(client: Client): Promise<Json> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { body } = await client.send({ method: 'POST', path, body: review, repeatable: 'once' });
  return valueAt(body, ['status', 'userInfo']) ?? null;
}

/** A login program that checks what it is given and answers like the real one. */
export function program(name: string, script: string): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\nset -eu\n${script}\n`, { mode: 0o755 });
  return path;
}

export const credential = (status: object, version = 'v1'): string =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion: `client.authentication.k8s.io/${version}`, status });
