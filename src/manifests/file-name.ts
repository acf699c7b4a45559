/**
 * The file of an object in the branch: `Deployment.apps_shop_catalog.yaml`, `ClusterRole.rbac.authorization.k8s.io_admin.yaml`.
 *
 * Names come from charts, so each part is written such that no two objects share a file and none leaves its folder:
 * `_` stands only between parts, and of names everything but `a-z 0-9 - .` becomes `%` and its bytes. Capitals too:
 * RBAC allows them, and on a file system that does not tell cases apart `Admin` would replace `admin`.
 */
import { createHash } from 'node:crypto';
import { keyId, type ResourceKey } from '../resource/resource.ts';

/** Longest name of a file on the usual file systems, in bytes; names here are ASCII. */
const longest = 255;

/** File names by `keyId`. Two kinds that differ only in case both get a hash, whatever else is in the set. */
export function fileNames(keys: readonly ResourceKey[]): ReadonlyMap<string, string> {
  const plain = keys.map((key) => ({ id: keyId(key), name: fileName(key, '') }));
  const count = new Map<string, number>();
  for (const name of new Map(plain.map(({ id, name }) => [id, name])).values()) {
    count.set(name.toLowerCase(), (count.get(name.toLowerCase()) ?? 0) + 1);
  }
  return new Map(
    keys.map((key) => {
      const id = keyId(key);
      const name = fileName(key, '');
      const isShared = (count.get(name.toLowerCase()) ?? 0) > 1;
      return [id, isShared || name.length > longest ? fileName(key, hashOf(id)) : name];
    }),
  );
}

function fileName(key: ResourceKey, hash: string): string {
  const kind = encode(key.kind, /[A-Za-z0-9]/);
  const type = key.group === '' ? kind : `${kind}.${encode(key.group, plainSign)}`;
  const parts = [
    type,
    ...(key.namespace === '' ? [] : [encode(key.namespace, plainSign)]),
    encode(key.name, plainSign),
  ];
  const name = parts.join('_');
  if (hash === '') return `${name}.yaml`;
  return `${name.slice(0, longest - hash.length - '_.yaml'.length)}_${hash}.yaml`;
}

const plainSign = /[a-z0-9.-]/;

function encode(text: string, plain: RegExp): string {
  let result = '';
  for (const sign of text) {
    if (plain.test(sign)) result += sign;
    else for (const byte of new TextEncoder().encode(sign)) result += `%${byte.toString(16).padStart(2, '0')}`;
  }
  return result;
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** The folder of a release in the branch, safe by the same rules. */
export function releaseFolder(path: string, release: string): string {
  const folder = encode(release, plainSign).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2e'));
  return path === '' ? folder : `${path}/${folder}`;
}

export function recordPath(path: string, release: string): string {
  return `${path === '' ? '' : `${path}/`}.pushgate/${encode(release, plainSign)}.json`;
}
