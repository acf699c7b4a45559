/** One release of a revision, rendered: its chart from the repository, or from where else it lives. */
import type { ResolvedRelease } from '../../config/config.ts';
import { renderRelease } from '../../render/render.ts';
import type { Rendered, RenderOptions } from '../../render/rendered.ts';
import type { Repository, Revision } from '../run/repository.ts';

export interface Rendering {
  readonly repository: Repository;
  readonly revision: Revision;
  readonly release: ResolvedRelease;
  readonly phase: 'plan' | 'apply';
  readonly env: (name: string) => string | undefined;
  /** What the cluster knows about kinds, where there is one. */
  readonly scope?: RenderOptions['scope'];
  /** Remember where fields come from, to say it in the plan. */
  readonly origins?: RenderOptions['origins'];
  /** What random functions give. */
  readonly draws?: RenderOptions['draws'];
}

/** Throws `Problem` as `renderRelease` does, and for a chart from elsewhere that cannot be loaded. */
export async function renderIn(rendering: Rendering): Promise<Rendered> {
  const { repository, revision, release, phase, env, scope, origins, draws } = rendering;
  const { chart } = release;
  const fetched = chart.kind === 'path' ? undefined : await repository.fetchChart(chart);
  const files = { repository: revision.files, chart: fetched };
  const rendered = await renderRelease({ release, ...files, phase, env, scope, origins, draws });
  return { ...rendered, notices: [...(fetched?.notices ?? []), ...rendered.notices] };
}
