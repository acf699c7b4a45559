/** A chart from elsewhere, in memory. */

export interface FetchedChart {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Folder or packed file of the chart among the files. */
  readonly path: string;
  /** Where the files come from, as people may see it. */
  readonly origin: string;
  /** What exactly was loaded: `sha256:…` of a manifest or archive, or the id of a commit. */
  readonly digest: string;
  readonly notices: readonly string[];
}
