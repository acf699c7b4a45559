import { readYamlWithPositions, YamlError, type YamlWithPositions } from '../yaml/index.ts';
import { type ByteString, toText } from './bytes.ts';

/** Texts of YAML or JSON with the places of what they hold, each read once. */
export class YamlTexts {
  readonly #read = new Map<ByteString, YamlWithPositions | undefined>();

  /** undefined for a text that is no YAML. */
  of(text: ByteString): YamlWithPositions | undefined {
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
