import { LimitError } from './errors.ts';

/** Where in the making of a release something failed. */
export type HelmStage =
  | 'options'
  | 'chart'
  | 'values'
  | 'dependencies'
  | 'schema'
  | 'kube-version'
  | 'template'
  | 'yaml'
  | 'limit';

export interface HelmErrorOptions {
  readonly stage: HelmStage;
  /** Helm's own words, without the `Error: ` in front. */
  readonly message: string;
  /** The file as Helm names it, e.g. `shop/templates/deployment.yaml`. */
  readonly file?: string | undefined;
  /** Counted from 1. */
  readonly line?: number | undefined;
  /** Counted from 1, in bytes. */
  readonly column?: number | undefined;
  /** The source line with a caret below it. */
  readonly excerpt?: string | undefined;
  /** What is missing and what was probably meant; ours, not Helm's. */
  readonly hint?: string | undefined;
  /** Where templates ran to their end: what Helm prints with --debug although it is wrong. A function, so no log shows it. */
  readonly rendered?: (() => Uint8Array) | undefined;
  readonly cause?: unknown;
}

/** A chart or its values cannot be rendered. The message is what `helm template` would print after `Error: `. */
export class HelmError extends Error {
  override readonly name = 'HelmError';
  readonly stage: HelmStage;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly excerpt: string | undefined;
  readonly hint: string | undefined;
  readonly rendered: (() => Uint8Array) | undefined;

  constructor(options: HelmErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.stage = options.stage;
    this.file = options.file;
    this.line = options.line;
    this.column = options.column;
    this.excerpt = options.excerpt;
    this.hint = options.hint;
    this.rendered = options.rendered;
  }
}

/** Whether it was only the stack of this process that was too small. */
export function endedByStack(error: unknown): boolean {
  return error instanceof HelmError && error.cause instanceof LimitError && error.cause.limit === 'stack';
}
