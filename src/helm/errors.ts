/**
 * The engine's own errors. `helm/` is self-contained: the commands turn these into problems.
 *
 * - `GoError`: what a Go function would return as `error` or panic with; the evaluator wraps it with a position.
 * - `AbortError`: the same for `fail` and `required`, whose message reaches the user unwrapped.
 * - `TemplateError` (template/template-error.ts): parsing or executing failed; the message is Helm's.
 * - `LimitError`: the chart asked for more than it may have; carries the name of the limit.
 *
 * Messages of the first two are byte strings, since they quote values.
 */

/** An error in the words of Go or of a Go library, without position. */
export class GoError extends Error {
  override readonly name: string = 'GoError';
}

/** `fail` and `required`: Helm shows only the message, at the position in the outermost file. */
export class AbortError extends GoError {
  override readonly name = 'AbortError';
}

/** Names of the limits of a rendering (limits.ts). `stack` is that of the process, which another may have larger. */
export type LimitName = 'depth' | 'output' | 'work' | 'time' | 'memory' | 'source' | 'stack';

export class LimitError extends Error {
  override readonly name = 'LimitError';
  readonly limit: LimitName;
  constructor(limit: LimitName, message: string) {
    super(message);
    this.limit = limit;
  }
}
