/** The text of one file → its value, with the place of every key. */
import { excerptAt, Problem } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import { readYamlWithPositions, YamlError } from '../yaml/index.ts';
import type { ConfigDocument } from './document.ts';

export type ReadDocument =
  | { readonly kind: 'document'; readonly document: ConfigDocument }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** A configuration is written by hand: what is longer or deeper is not one. */
const limits = { characters: 1024 * 1024, depth: 50 };

/** The problem is `config-invalid`, with line and excerpt: for bad YAML, equal keys, and texts beyond a mebibyte. */
export function readDocument(file: string, text: string): ReadDocument {
  try {
    const { value, keyAt, valueAt } = readYamlWithPositions(text, { duplicateKeys: 'error', limits });
    const document: ConfigDocument = {
      file,
      text,
      value: value as Json,
      position: (path, on) => (on === 'key' ? (keyAt(path) ?? valueAt(path)) : valueAt(path)),
    };
    return { kind: 'document', document };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return { kind: 'problem', problem: yamlProblem(file, text, error) };
  }
}

function yamlProblem(file: string, text: string, error: YamlError): Problem {
  const { line, column } = error;
  return new Problem({
    reason: 'config-invalid',
    message: error.problem,
    where: line === undefined ? file : `${file}:${line}`,
    excerpt: line === undefined ? undefined : excerptAt({ text, line, column }),
    hint: bracesHint(text.split('\n')[(line ?? 0) - 1] ?? ''),
    cause: error,
  });
}

/** Between brackets YAML takes the brace of a placeholder for a mapping; nobody guesses that from the parser's words. */
function bracesHint(source: string): string | undefined {
  const unquoted = /[^\s"',[{]*\{\w+\}[^\s"',\]}]*/.exec(source.replace(/"[^"]*"|'[^']*'/g, ''))?.[0];
  return unquoted === undefined ? undefined : `Inside [ ] or { } a text with a placeholder needs quotes: "${unquoted}"`;
}
