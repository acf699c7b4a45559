/** Files that hold several documents, cut as kubectl cuts them: at lines that begin with `---`. */
import { type ReadYamlOptions, readYaml, type YamlValue } from './read.ts';
import { YamlError } from './yaml-error.ts';

export interface YamlText {
  readonly text: string;
  /** Lines of the file before this text. */
  readonly firstLine: number;
}

export interface YamlDocument {
  readonly value: YamlValue;
  /** Line of the file, counted from 1, where the first content of the document stands. */
  readonly line: number;
  /** Lines of the file before the document's text: what `firstLine` of the reading functions wants. */
  readonly firstLine: number;
  readonly text: string;
}

/**
 * The documents of a file in order; those without content (only comments, or nothing) are left out. Line numbers of
 * errors and documents are those of the file. Throws YamlError.
 */
export function readYamlDocuments(text: string, options: ReadYamlOptions = {}): YamlDocument[] {
  const before = options.firstLine ?? 0;
  return splitYamlDocuments(text)
    .map((piece) => {
      const firstLine = before + piece.firstLine;
      const value = readYaml(piece.text, { ...options, firstLine });
      return { value, line: firstLine + 1 + leadingLines(piece.text), firstLine, text: piece.text };
    })
    .filter((document) => document.value !== null);
}

/** The texts between the separator lines; a separator may only be followed by blanks and a comment. */
export function splitYamlDocuments(text: string): YamlText[] {
  const pieces: YamlText[] = [];
  const separator = /^---(.*)$/gm;
  let start = 0;
  let firstLine = 0;
  for (let match = separator.exec(text); match !== null; match = separator.exec(text)) {
    const line = firstLine + countLines(text.slice(start, match.index));
    const rest = (match[1] ?? '').trim();
    if (rest !== '' && !rest.startsWith('#')) throw badSeparator(rest, line);
    pieces.push({ text: text.slice(start, match.index), firstLine });
    start = Math.min(separator.lastIndex + 1, text.length);
    firstLine = line + 1;
  }
  pieces.push({ text: text.slice(start), firstLine });
  return pieces.filter((piece) => piece.text !== '');
}

function badSeparator(rest: string, line: number): YamlError {
  const problem = `invalid Yaml document separator: ${rest}`;
  return new YamlError({ kind: 'syntax', problem, message: problem, line: line + 1, column: 1 });
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** Blank and comment lines at the beginning. */
function leadingLines(text: string): number {
  return countLines(/^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(text)?.[0] ?? '');
}
