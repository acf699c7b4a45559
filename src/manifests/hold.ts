/** A hold keeps a release from being applied until somebody takes it away. */
export interface Hold {
  readonly reason: string;
  readonly by: string;
  /** ISO time. */
  readonly time: string;
  /** Until this merge request is merged or closed: the release was applied from it, or it reverts what was rolled back. */
  readonly mergeRequest?: number | undefined;
}
