import type { ByteString } from '../bytes.ts';
import type { Trace } from '../template/trace.ts';
import type { GoMap, Value } from '../value.ts';
import { DataTexts } from './data-text.ts';
import type { Explanation } from './explanation.ts';
import { type IsVarying, Search } from './search.ts';
import type { Span } from './span.ts';
import { ValuePaths } from './value-paths.ts';

export interface ProvenanceOptions {
  /** What templates saw as `.Values`, `.Release` …: the root chart's first. */
  readonly roots: readonly (readonly [name: string, value: Value])[];
  /** The maps that templates got as `.`. */
  readonly tops: readonly GoMap[];
  readonly isVarying: IsVarying;
}

/** Answers for one rendering. Everything is worked out from the trace at the time of the question. */
export class Provenance {
  readonly #trace: Trace;
  readonly #paths: ValuePaths;
  readonly #texts = new DataTexts();
  readonly #isVarying: IsVarying;

  constructor(trace: Trace, options: ProvenanceOptions) {
    this.#trace = trace;
    this.#paths = new ValuePaths(trace, options.roots, options.tops);
    this.#isVarying = options.isVarying;
  }

  /** About a stretch (bytes) of what a file rendered to; undefined for a file that was not rendered. */
  explain(file: ByteString, span: Span): Explanation | undefined {
    const origin = this.#trace.file(file);
    if (origin === undefined) return undefined;
    const search = new Search(this.#paths, this.#texts, this.#isVarying, this.#trace);
    search.output(origin, span);
    return search.found();
  }
}
