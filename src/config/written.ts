/** Parts of a configuration, with the place where they were written. */
import type { ConfigDocument } from './document.ts';
import type { RawConfig } from './raw.ts';

/** A file that has the right shape, before its parts are looked at together. */
export interface RawFile {
  readonly document: ConfigDocument;
  readonly raw: RawConfig;
}

/** A valid part and where it was written. */
export interface Written<T> {
  readonly value: T;
  readonly document: ConfigDocument;
  readonly path: readonly (string | number)[];
}
