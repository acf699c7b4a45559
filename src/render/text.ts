/** YAML texts with their places, and what is wrong with them as Problems. */
import { excerptAt, Problem, type ReasonCode } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import { readYamlWithPositions, YamlError } from '../yaml/index.ts';

export interface TextDocument {
  readonly value: Json;
  /** A Problem `render-failed` at the place of a path, or at the top where it leads nowhere. */
  readonly at: (path: readonly (string | number)[], message: string) => Problem;
  /** `file:line` of a key; undefined where the path leads nowhere. */
  readonly placeOf: (path: readonly (string | number)[]) => string | undefined;
}

/** The first document of a text that people wrote. Throws Problem `render-failed` where it is not YAML. */
export function readDocument(file: string, text: string): TextDocument {
  try {
    const { value, keyAt, valueAt } = readYamlWithPositions(text, { duplicateKeys: 'error' });
    return {
      value: value as Json,
      at: (path, message) => {
        const position = keyAt(path) ?? valueAt(path) ?? { line: 1, column: 1 };
        return problemAt({ reason: 'render-failed', message, file, text, ...position });
      },
      placeOf: (path) => {
        const position = keyAt(path) ?? valueAt(path);
        return position === undefined ? undefined : `${file}:${position.line}`;
      },
    };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw yamlProblem({ error, file, text, reason: 'render-failed' });
  }
}

/** A Problem at `file:line:column` with the line and a caret. */
export function problemAt(options: {
  readonly reason: ReasonCode;
  readonly message: string;
  readonly file: string;
  readonly text: string;
  readonly line: number;
  readonly column?: number | undefined;
  readonly note?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}): Problem {
  const { reason, message, file, line, column, hint, cause } = options;
  const where = column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
  return new Problem({ reason, message, where, excerpt: excerptAt(options), hint, cause });
}

export function yamlProblem(options: {
  readonly error: YamlError;
  readonly file: string;
  readonly text: string;
  readonly reason: ReasonCode;
  readonly hint?: string | undefined;
}): Problem {
  const { error, file, text, reason, hint } = options;
  const message = `this is not YAML: ${error.problem}`;
  if (error.line === undefined) return new Problem({ reason, message, where: file, hint, cause: error });
  return problemAt({ reason, message, file, text, line: error.line, column: error.column, hint, cause: error });
}
