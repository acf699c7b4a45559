/** A parsed document before its scalars are typed: what was written, and where. */

export const SCALAR_NODE = 0;
export const SEQUENCE_NODE = 1;
export const MAPPING_NODE = 2;
export const ALIAS_NODE = 3;

export interface YamlNode {
  readonly kind: number;
  /** The full tag (`tag:yaml.org,2002:str`), or the empty string. */
  readonly tag: string;
  /** Scalar text, or the name an alias refers to. */
  readonly value: string;
  /** Written without quotes, so that its look decides its type. */
  readonly plain: boolean;
  /** A collection written with `[]` or `{}`. */
  readonly flow: boolean;
  /** Entries of a sequence; keys and values in turn of a mapping. */
  readonly children: readonly YamlNode[];
  /** What an alias stands for. */
  readonly target: YamlNode | undefined;
  /** Counted from 0, in the text that was given. */
  readonly line: number;
  readonly column: number;
  /** Offsets of the first character (of an anchor or tag, if any) and behind the last one. */
  readonly start: number;
  readonly end: number;
}
