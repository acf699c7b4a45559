/** Drift: what is there differs from what was applied. Live against the last record; nothing is rendered. */

/** One thing that somebody did to an object, as far as it can be known. */
export interface Edit {
  /** A name as its owner gives it; in Git anybody can write any name. */
  readonly who: string;
  /** ISO time. */
  readonly when: string;
  /** `commit 4f2c81e "Scale up"`, `kubectl edit`. */
  readonly how: string;
}
