import { LimitError } from './errors.ts';

/**
 * What one rendering may use up. Charts are other people's code: without these a template of one line can run for ever
 * or fill the memory. The numbers are far above what the largest public charts need.
 */
export interface Limits {
  /** Nesting of actions and parentheses in a source, and of templates in each other while executing. */
  readonly depth: number;
  /** Bytes of all files of a chart that are parsed as templates, and of each text given to `tpl`. */
  readonly source: number;
  /** Bytes written by all templates, inner ones counted again where they are included. */
  readonly output: number;
  /** Nodes executed, plus what functions announce as about one byte or one list item each. */
  readonly work: number;
  /** Milliseconds for all templates together. */
  readonly time: number;
  /** Bytes by which the heap may grow while the templates are executed, what nobody needs any more included. */
  readonly memory: number;
}

/**
 * Of 309 public charts the hungriest needs 5 MB of source and of output and 9 million units of work. The time is for
 * machines that are busy: a chart with a dozen keys takes seconds on a free one.
 */
export const defaultLimits: Limits = {
  depth: 1000,
  source: 64 * 1024 * 1024,
  output: 128 * 1024 * 1024,
  work: 100_000_000,
  time: 300_000,
  memory: 1024 * 1024 * 1024,
};

/** How many units of work pass between two looks at the clock and the heap. */
const lookInterval = 100_000;

/** Counts what a rendering uses and stops it at its limits. */
export class Budget {
  readonly #limits: Limits;
  #work = 0;
  #output = 0;
  #nextLook = lookInterval;
  readonly #began = performance.now();
  /** Taken at the first look: most charts are done before. */
  #heap: number | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  work(units: number): void {
    this.#work += units;
    if (this.#work < this.#nextLook) return;
    this.#nextLook = this.#work + lookInterval;
    if (this.#work > this.#limits.work) {
      throw new LimitError('work', `the templates do more than ${this.#limits.work} units of work`);
    }
    this.#look();
  }

  #look(): void {
    const { time, memory } = this.#limits;
    if (performance.now() - this.#began > time) {
      throw new LimitError('time', `the templates take longer than ${time / 1000} seconds`);
    }
    const { heapUsed } = process.memoryUsage();
    this.#heap ??= heapUsed;
    if (heapUsed - this.#heap > memory) {
      throw new LimitError('memory', `the templates need more than ${memory} bytes of memory`);
    }
  }

  output(bytes: number): void {
    this.#output += bytes;
    if (this.#output > this.#limits.output) {
      throw new LimitError('output', `the templates write more than ${this.#limits.output} bytes`);
    }
  }
}
