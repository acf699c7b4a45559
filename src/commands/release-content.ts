/** What a release is made from, as one hash: where no key tells masked values apart, their files do. */
import { createHash } from 'node:crypto';
import { policyOf } from '../config/policy.ts';
import { resolveReleases } from '../config/resolve.ts';
import type { Revision } from './repository.ts';

/** undefined for a release that the revision does not have there. */
export function contentOf({ config, files }: Revision, environment: string, name: string): string | undefined {
  if (policyOf(config, environment) === undefined) return undefined;
  const release = resolveReleases(config, environment).find((candidate) => candidate.name === name);
  if (release === undefined) return undefined;
  const { chart, values } = release;
  const folder = chart.kind === 'path' ? sourceFolder(files, chart.path) : undefined;
  const valuesFiles = new Set(values.map(({ path }) => path));
  const hash = createHash('sha256').update(JSON.stringify(release));
  for (const path of [...files.keys()].sort()) {
    const isOfChart = folder !== undefined && (folder === '' || path === folder || path.startsWith(`${folder}/`));
    if (!isOfChart && !valuesFiles.has(path)) continue;
    const content = files.get(path) ?? new Uint8Array();
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('base64url').slice(0, 22);
}

/** A chart may lean on its neighbours (kustomize bases, `file://` dependencies); then all below its top folder counts. */
function sourceFolder(files: ReadonlyMap<string, Uint8Array>, path: string): string {
  const text = (name: string): string => new TextDecoder().decode(files.get(`${path}/${name}`));
  const leans =
    ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].some((name) => files.has(`${path}/${name}`)) ||
    text('Chart.yaml').includes('file://') ||
    /(^|\/)kustomization\.ya?ml$|(^|\/)Kustomization$/.test(path);
  const place = path === '.' ? '' : path;
  return leans ? (place.split('/')[0] ?? '') : place;
}
