/** Charts that do not lie in the repository, loaded into memory. */
import type { ChartReference } from '../config/config.ts';
import { fetchRepositoryChart } from './chart-repository.ts';
import type { FetchedChart } from './fetched-chart.ts';
import { fetchGitChart } from './git-chart.ts';
import { type Logins, readLogins, type Variables } from './logins.ts';
import { fetchOciChart } from './oci.ts';

export type RemoteChart = Exclude<ChartReference, { readonly kind: 'path' }>;

export type FetchChart = (chart: RemoteChart) => Promise<FetchedChart>;

/** Loads each chart once, however many environments and commits render it. */
export function chartSource(variables: Variables): FetchChart {
  const loaded = new Map<string, Promise<FetchedChart>>();
  let logins: Promise<Logins> | undefined;
  return (chart) => {
    const key = JSON.stringify(chart);
    const before = loaded.get(key);
    if (before !== undefined) return before;
    logins ??= readLogins(variables);
    const fetched = fetchChart(chart, variables, logins);
    loaded.set(key, fetched);
    return fetched;
  };
}

async function fetchChart(chart: RemoteChart, variables: Variables, logins: Promise<Logins>): Promise<FetchedChart> {
  switch (chart.kind) {
    case 'oci':
      return fetchOciChart(chart, await logins);
    case 'repository':
      return fetchRepositoryChart(chart, await logins);
    case 'git':
      return fetchGitChart(chart, variables);
  }
}
