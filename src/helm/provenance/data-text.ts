import { readYamlWithPositions, YamlError, type YamlPath, type YamlWithPositions } from '../../yaml/index.ts';
import { type ByteString, toText } from '../bytes.ts';
import { type Span, spanInBytes } from './span.ts';

/** A text of YAML or JSON that a function wrote or read, with the places of what it holds. */
export class DataTexts {
  readonly #read = new Map<ByteString, YamlWithPositions | undefined>();

  /** The path of the scalar, or of the key, that stands around a stretch of the text. */
  pathAt(text: ByteString, span: Span): YamlPath | undefined {
    const read = this.#reading(text);
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
    const position = this.#reading(text)?.valueAt(path);
    return position === undefined ? undefined : spanInBytes(text, position);
  }

  #reading(text: ByteString): YamlWithPositions | undefined {
    if (!this.#read.has(text)) this.#read.set(text, readOrNothing(text));
    return this.#read.get(text);
  }
}

function readOrNothing(text: ByteString): YamlWithPositions | undefined {
  try {
    return readYamlWithPositions(toText(text));
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}
