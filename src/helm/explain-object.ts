import type { YamlPath } from '../yaml/index.ts';
import type { Manifest } from './assemble.ts';
import type { ByteString } from './bytes.ts';
import type { Provenance } from './provenance/explain.ts';
import type { Explanation, UsedValue } from './provenance/explanation.ts';
import { explainField } from './provenance/field.ts';
import type { ValueSource, ValueSources } from './value-sources.ts';

/** Why a field of a rendered object is what it is. */
export interface FieldOrigin {
  readonly value: StretchOrigin;
  /** Why the field is there; absent for list items. */
  readonly key: StretchOrigin | undefined;
}

export interface StretchOrigin extends Omit<Explanation, 'values'> {
  readonly values: readonly LocatedValue[];
}

/** A value with the files and flags that gave it, the one that counts first. */
export interface LocatedValue extends UsedValue {
  readonly sources: readonly ValueSource[];
}

/** What is kept of a rendering to explain it. */
export interface RecordedRendering {
  readonly provenance: Provenance;
  readonly rendered: ReadonlyMap<ByteString, ByteString>;
  readonly sources: ValueSources;
}

/** Undefined when the object has no such field. */
export function explainObject(
  recorded: RecordedRendering,
  manifest: Manifest,
  path: YamlPath,
): FieldOrigin | undefined {
  const { provenance, rendered, sources } = recorded;
  const text = rendered.get(manifest.path) ?? '';
  const found = explainField(provenance, { file: manifest.path, text, content: manifest.content, path });
  if (found === undefined) return undefined;
  const { key } = found;
  return {
    value: located(found.value, sources),
    key: key === undefined ? undefined : located(key, sources),
  };
}

function located(explanation: Explanation, sources: ValueSources): StretchOrigin {
  const values = explanation.values.map((value) => {
    const [top, ...path] = value.path;
    return { ...value, sources: top === 'Values' ? sources.of(path) : [] };
  });
  return { ...explanation, values };
}
