/** Logins of a bed beyond its own: service accounts with real tokens, and requests that no client of ours would send. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../bed/bed.ts';
import { kubeconfig } from '../bed/logins.ts';
import { kubectl } from '../bed/namespaces.ts';

export interface BedLogin {
  /** Path of its kubeconfig. */
  readonly kubeconfig: string;
  readonly token: string;
}

const folder = mkdtempSync(join(tmpdir(), 'pushgate-logins-'));

/** Makes the service account where there is none, and asks for a token of it. */
export function serviceAccount(bed: Bed, namespace: string, name: string): BedLogin {
  const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
  kubectl(bed, ['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
  const token = kubectl(bed, ['create', 'token', name, '-n', namespace]).trim();
  const path = join(folder, `${namespace}-${name}`);
  writeFileSync(path, kubeconfig({ ...bed, token }), { mode: 0o600 });
  return { kubeconfig: path, token };
}

export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends anything; gives the status and what was said. */
export async function send(
  bed: Bed,
  { token }: BedLogin,
  { method, path, body, contentType = 'application/json', headers = {} }: RawRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  return await new Promise((resolve, reject) => {
    const sent = request(
      `${bed.server}${path}`,
      {
        method,
        ca: bed.certificateAuthority,
        headers: { authorization: `Bearer ${token}`, 'content-type': contentType, ...headers },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}
