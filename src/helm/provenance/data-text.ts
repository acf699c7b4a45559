import type { YamlPath } from '../../yaml/index.ts';
import type { ByteString } from '../bytes.ts';
import { YamlTexts } from '../yaml-texts.ts';
import { type Span, spanInBytes } from './span.ts';

/** A text of YAML or JSON that a function wrote or read, with the places of what it holds. */
export class DataTexts {
  readonly #read = new YamlTexts();

  /** The path of the scalar, or of the key, that stands around a stretch of the text. */
  pathAt(text: ByteString, span: Span): YamlPath | undefined {
    const read = this.#read.of(text);
    if (read === undefined) return undefined;
    for (const leaf of read.leaves()) {
      const value = spanInBytes(text, leaf.value);
      if (span.start < value.end && value.start < span.end) return leaf.path;
      const key = leaf.key === undefined ? undefined : spanInBytes(text, leaf.key);
      if (key !== undefined && span.start < key.end && key.start < span.end) return leaf.path;
    }
    return undefined;
  }

  /** Where the value at a path stands in the text. */
  spanOf(text: ByteString, path: YamlPath): Span | undefined {
    const position = this.#read.of(text)?.valueAt(path);
    return position === undefined ? undefined : spanInBytes(text, position);
  }
}
