/**
 * What is wrong with a YAML text.
 *
 * `message` is what Helm and kubectl print for the same text, go-yaml's line rules included (it names no line for
 * the first one, and counts from zero in some cases). `line` and `column` are where the problem really is.
 */

export interface YamlErrorOptions {
  readonly kind: YamlErrorKind;
  /** The bare finding, without prefix and line: `did not find expected key`. */
  readonly problem: string;
  /** The whole sentence as Go's tools print it. */
  readonly message: string;
  /** Counted from 1; undefined where the problem is not at one place (a size limit). */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/**
 * `syntax`: not YAML. `content`: YAML that cannot be data (unknown anchor, null key, infinity, a second equal key).
 * `limit`: larger or deeper than allowed.
 */
export type YamlErrorKind = 'syntax' | 'content' | 'limit';

export class YamlError extends Error {
  readonly kind: YamlErrorKind;
  readonly problem: string;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(options: YamlErrorOptions) {
    super(options.message);
    this.name = 'YamlError';
    this.kind = options.kind;
    this.problem = options.problem;
    this.line = options.line;
    this.column = options.column;
  }
}
