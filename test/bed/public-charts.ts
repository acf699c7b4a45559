/**
 * Charts that nobody here wrote, for suites that compare on strangers' objects. They come with modules of Go that are
 * published in releases, by the way that the bed's programs come, and stay in Go's own cache: nothing of them is kept
 * in the project.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A module, the release that the figures are of, and its folders of charts. */
const modules = [
  {
    module: 'github.com/zalando/postgres-operator',
    version: 'v1.14.0',
    charts: ['charts/postgres-operator', 'charts/postgres-operator-ui'],
  },
  { module: 'k8s.io/ingress-nginx', version: 'v0.0.0-20240708192948-52c50467d67d', charts: ['charts/ingress-nginx'] },
  { module: 'sigs.k8s.io/metrics-server', version: 'v0.7.2', charts: ['charts/metrics-server'] },
  { module: 'sigs.k8s.io/external-dns', version: 'v0.15.0', charts: ['charts/external-dns'] },
  {
    module: 'github.com/fluxcd/flagger',
    version: 'v1.38.0',
    charts: ['charts/flagger', 'charts/grafana', 'charts/loadtester', 'charts/podinfo'],
  },
] as const;

export type PublicCharts =
  | { readonly folders: readonly string[] }
  | { readonly folders?: undefined; readonly reason: string };

/** Folders of the charts; a module that is not in Go's cache is downloaded. Why there are none, where one cannot be had. */
export function publicCharts(): PublicCharts {
  const folders: string[] = [];
  for (const { module, version, charts } of modules) {
    const run = spawnSync('go', ['mod', 'download', '-json', `${module}@${version}`], {
      encoding: 'utf8',
      cwd: tmpdir(),
      timeout: 120_000,
    });
    if (run.error !== undefined) return { reason: `public charts come with modules of Go, and go does not run here` };
    const { Dir } = JSON.parse(run.stdout || '{}') as { readonly Dir?: string };
    const found =
      Dir === undefined ? [] : charts.map((chart) => join(Dir, chart)).filter((folder) => existsSync(folder));
    if (found.length < charts.length) return { reason: `${module} ${version} with its charts cannot be had here` };
    folders.push(...found);
  }
  return { folders };
}
