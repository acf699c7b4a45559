/** Renders a chart however deep its templates nest. */
import { endedByStack, HelmError, type RenderedChart, type RenderRequest, renderChart } from '../helm/index.ts';
import { inTime } from './in-time.ts';

/** The engine ends the templates after five minutes; what it does not count must end as well. */
const patience = 330_000;

function tooLate(): Error {
  return new HelmError({ stage: 'limit', message: `the chart takes longer than ${patience / 1000} seconds` });
}

/**
 * As `renderChart`. Where the stack of the process ends before Helm's own limit, the chart is rendered again in a thread
 * with a larger one; then nothing is known of where its fields come from.
 */
export async function renderAnyDepth(request: RenderRequest): Promise<RenderedChart> {
  const warnings: string[] = [];
  let isTold = true;
  try {
    return inTime(patience, () => renderChart({ ...request, warn: (message) => warnings.push(message) }), tooLate);
  } catch (error) {
    // What reads files while it renders cannot be handed on.
    isTold = !endedByStack(error) || (request.values.setFile ?? []).length > 0;
    if (isTold) throw error;
  } finally {
    if (isTold) for (const message of warnings) request.warn?.(message);
  }
  const { renderWithLargeStack } = await import('./large-stack.ts');
  return renderWithLargeStack(request);
}
