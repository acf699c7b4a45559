/** What a release is made from, as one hash: where no key tells masked values apart, their files do. */
import { createHash } from 'node:crypto';
import { policyOf } from '../../config/policy.ts';
import { resolveReleases } from '../../config/resolve.ts';
import { filesOfChart } from '../../render/index.ts';
import type { Revision } from '../run/repository.ts';

/** undefined for a release that the revision does not have there. */
export function contentOf({ config, files }: Revision, environment: string, name: string): string | undefined {
  if (policyOf(config, environment) === undefined) return undefined;
  const release = resolveReleases(config, environment).find((candidate) => candidate.name === name);
  if (release === undefined) return undefined;
  const { chart, values } = release;
  const ofChart = chart.kind === 'path' ? filesOfChart(files, chart.path) : [];
  const hash = createHash('sha256').update(JSON.stringify(release));
  for (const path of [...new Set([...ofChart, ...values.map((file) => file.path)])].sort()) {
    const content = files.get(path);
    if (content === undefined) continue;
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('base64url').slice(0, 22);
}
