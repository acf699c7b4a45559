/** Reading YAML as kubectl and Helm read it, and writing it as Helm writes it. Imports nothing of ours. */

export type { YamlBuilder } from './build.ts';
export { decodeYamlBytes } from './decode-bytes.ts';
export { readYamlDocuments, splitYamlDocuments, type YamlDocument, type YamlText } from './documents.ts';
export { editYaml, type YamlEdit } from './edit.ts';
export type { EmitObserver } from './emitter.ts';
export { formatJson, type JsonStyle, writeJson } from './go-json.ts';
export { formatGoFloat } from './go-number.ts';
export type { YamlNode } from './node.ts';
export {
  readYamlWithPositions,
  type YamlEntry,
  type YamlPath,
  type YamlPosition,
  type YamlWithPositions,
} from './positions.ts';
export {
  defaultYamlLimits,
  type ReadYamlOptions,
  readYaml,
  readYamlWith,
  type YamlLimits,
  type YamlObject,
  type YamlValue,
} from './read.ts';
export { readsAlike } from './second-reader.ts';
export { type Shape, type ShapeOf, shapeOfPlain } from './shape.ts';
export { TomlError } from './toml-error.ts';
export { readToml, type TomlBuilder } from './toml-read.ts';
export type { TomlDatetime } from './toml-tables.ts';
export { formatToml } from './toml-write.ts';
export { formatYaml, formatYamlPretty, writeYaml } from './write.ts';
export { YamlError, type YamlErrorKind } from './yaml-error.ts';
