import { readYamlWithPositions, YamlError, type YamlPath } from '../../yaml/index.ts';
import { type ByteString, toText } from '../bytes.ts';
import type { Provenance } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { type Span, spanInBytes } from './span.ts';

/** A field of a rendered object. */
export interface RenderedField {
  /** The template file that rendered the object, as it stands in `# Source:`. */
  readonly file: ByteString;
  /** Everything the file rendered to. */
  readonly text: ByteString;
  /** The document of the object, which is a part of that text. */
  readonly content: ByteString;
  /** Where the search for `content` begins in `text`, for files that render the same document more than once. */
  readonly from?: number;
  readonly path: YamlPath;
}

export interface FieldExplanation {
  readonly value: Explanation;
  /** Why the field is there at all; list items and whole documents have no key. */
  readonly key: Explanation | undefined;
}

/** Why a field of a rendered object is what it is; undefined when there is no such field, or no YAML. */
export function explainField(provenance: Provenance, field: RenderedField): FieldExplanation | undefined {
  const offset = field.text.indexOf(field.content, field.from ?? 0);
  const position = positionsOf(field.content, field.path);
  if (offset < 0 || position === undefined) return undefined;
  const explain = (span: Span): Explanation | undefined =>
    provenance.explain(field.file, { start: offset + span.start, end: offset + span.end });
  const value = explain(position.value);
  if (value === undefined) return undefined;
  return { value, key: position.key === undefined ? undefined : explain(position.key) };
}

function positionsOf(
  content: ByteString,
  path: YamlPath,
): { readonly value: Span; readonly key: Span | undefined } | undefined {
  try {
    const read = readYamlWithPositions(toText(content));
    const value = read.valueAt(path);
    const key = read.keyAt(path);
    if (value === undefined) return undefined;
    return { value: spanInBytes(content, value), key: key === undefined ? undefined : spanInBytes(content, key) };
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}
