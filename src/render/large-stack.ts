/**
 * Charts whose templates nest deeper than the stack of the process holds, which Helm's own does not limit. They are
 * rendered once more in a thread with a larger stack, which is ended when it takes too long.
 */
import { randomBytes } from 'node:crypto';
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import {
  HelmError,
  type HelmErrorOptions,
  type RenderedChart,
  type RenderRequest,
  renderChart,
} from '../helm/index.ts';

/** Everything but functions, which no thread can be given. */
type Data = Omit<RenderRequest, 'world' | 'warn' | 'provenance'> & { readonly timeZone: string };

interface Task {
  readonly data: Data;
  readonly port: MessagePort;
  /** Becomes 1 when the answer is there. */
  readonly done: Int32Array;
}

interface Answer {
  readonly warnings: readonly string[];
  readonly rendered?: Omit<RenderedChart, 'printed' | 'printedFiles' | 'explain'> & {
    readonly printed: Uint8Array;
    readonly printedFiles: ReturnType<RenderedChart['printedFiles']>;
  };
  readonly failed?: HelmErrorOptions;
}

/** 1,000 includes in each other, each inside of a few loops and conditions, take about 60 MB. */
const stackMegabytes = 256;
const heapMegabytes = 2048;
/** Of Helm's limits the one on includes is then met first. */
const nesting = 3000;
/** The engine ends by itself after five minutes; what it does not count must end as well. */
const patience = 330_000;

/**
 * As `renderChart`, without knowing where fields come from. Only for a chart that met the end of the stack: the thread
 * has to load the engine first. Throws `HelmError`.
 */
export function renderWithLargeStack(request: RenderRequest): RenderedChart {
  const { world, warn, provenance: _, values, ...rest } = request;
  const { readFile: _readFile, ...plainValues } = values;
  const data: Data = { ...rest, values: plainValues, timeZone: world.timeZone };
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const task: Task = { data, port: port2, done };
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { largeStack: task },
    transferList: [port2],
    resourceLimits: { stackSizeMb: stackMegabytes, maxOldGenerationSizeMb: heapMegabytes },
    env: {},
  });
  worker.on('error', () => {});
  Atomics.wait(done, 0, 0, patience);
  const answer = receiveMessageOnPort(port1)?.message as Answer | undefined;
  port1.close();
  void worker.terminate();
  for (const warning of answer?.warnings ?? []) warn?.(warning);
  if (answer?.failed !== undefined) throw new HelmError(answer.failed);
  const { rendered } = answer ?? {};
  if (rendered === undefined) {
    const message = `the templates take longer than ${patience / 1000} seconds, or more memory than ${heapMegabytes} MB`;
    throw new HelmError({ stage: 'limit', message });
  }
  return { ...rendered, printed: () => rendered.printed, printedFiles: () => rendered.printedFiles };
}

function answer({ data, port, done }: Task): void {
  const warnings: string[] = [];
  port.postMessage({ ...outcome(data, warnings), warnings } satisfies Answer);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}

function outcome({ timeZone, ...request }: Data, warnings: string[]): Omit<Answer, 'warnings'> {
  try {
    const {
      printed,
      printedFiles,
      explain: _,
      ...rendered
    } = renderChart({
      ...request,
      world: { randomBytes, now: () => BigInt(Date.now()) * 1_000_000n, timeZone, limits: { depth: nesting } },
      warn: (message) => warnings.push(message),
    });
    return { rendered: { ...rendered, printed: printed(), printedFiles: printedFiles() } };
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    const { stage, message, file, line, column, excerpt, hint } = error;
    return { failed: { stage, message, file, line, column, excerpt, hint } };
  }
}

// The file is its own thread: a bundle has no second one to start.
if (!isMainThread) {
  const { largeStack } = (workerData ?? {}) as { readonly largeStack?: Task };
  if (largeStack !== undefined) answer(largeStack);
}
