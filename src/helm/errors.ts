/**
 * The engine's own errors. `helm/` is self-contained: the commands turn these into problems.
 *
 * - `GoError`: what a Go function would return as `error` or panic with; the evaluator wraps it with a position.
 * - `TemplateError`: parsing or executing failed; the message is Helm's.
 * - `LimitError`: the chart asked for more than it may have; carries the name of the limit.
 */

/** An error in the words of Go or of a Go library, without position. */
export class GoError extends Error {
  override readonly name = 'GoError';
}

/** Names of the limits of a rendering (limits.ts). */
export type LimitName = 'depth' | 'output' | 'work' | 'time' | 'source';

export class LimitError extends Error {
  override readonly name = 'LimitError';
  readonly limit: LimitName;
  constructor(limit: LimitName, message: string) {
    super(message);
    this.limit = limit;
  }
}
