import type { ByteString } from '../bytes.ts';
import type { Definition, Source } from './ast.ts';

/** Text of sources kept at most; a parse tree takes about ten times as much. */
const mostBytes = 8 * 1024 * 1024;

/**
 * Parse trees of texts seen before. Trees never change, so all renderings of a process share them: the releases of one
 * chart, and the library chart that many charts carry a copy of, are parsed once.
 */
export class ParseCache {
  /** By the names of the functions that could be called, which decide whether a text parses; then by text. */
  readonly #known = new Map<string, Map<ByteString, readonly Definition[]>>();
  #bytes = 0;

  /** The definitions of a source whose text was parsed before, perhaps under another name. */
  get(functions: string, source: Source): readonly Definition[] | undefined {
    const known = this.#known.get(functions)?.get(source.text);
    const file = known?.at(-1);
    if (known === undefined || file === undefined || file.source.name === source.name) return known;
    if (known.some(({ name }) => name === source.name)) return undefined;
    return known.map(({ name, root }) => ({ name: name === file.source.name ? source.name : name, source, root }));
  }

  keep(functions: string, definitions: readonly Definition[]): void {
    const text = definitions.at(-1)?.source.text;
    if (text === undefined || text.length > mostBytes / 4) return;
    if (this.#bytes + text.length > mostBytes) {
      this.#known.clear();
      this.#bytes = 0;
    }
    const texts = this.#known.get(functions) ?? new Map<ByteString, readonly Definition[]>();
    this.#known.set(functions, texts.set(text, definitions));
    this.#bytes += text.length;
  }
}

export const parseCache = new ParseCache();
