import type { Place } from './place.ts';
import type { ValuePath } from './value-paths.ts';

/** Why a stretch of the output is there. */
export interface Explanation {
  /** What wrote it, in the order of the output. */
  readonly written: readonly Written[];
  /** What it was made of. */
  readonly values: readonly UsedValue[];
  /** The branches that had to be taken, the outermost first. */
  readonly conditions: readonly TakenBranch[];
  /** String literals of templates that stand in the output as they are, where they are not what wrote it. */
  readonly literals: readonly Place[];
  /** Functions on the way whose result differs from run to run. */
  readonly varying: readonly string[];
}

export interface Written {
  readonly place: Place;
  /** The includes that led there, the innermost first. */
  readonly includedFrom: readonly Place[];
}

export interface UsedValue {
  /** From the top of what templates see: `['Values', 'image', 'tag']`. */
  readonly path: ValuePath;
  /** `text`: it stands in the output as it is. `input`: the output was computed from it. */
  readonly role: 'text' | 'input';
  /** Where a template had put it into the values (`set`, `merge`). */
  readonly setAt?: Place;
}

export interface TakenBranch {
  readonly place: Place;
  readonly taken: 'list' | 'otherwise';
  /** Values that the condition, or the collection of a range, was made of. */
  readonly values: readonly ValuePath[];
}
