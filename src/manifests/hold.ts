/** A hold keeps a release from being applied until somebody takes it away. */
export interface Hold {
  readonly reason: string;
  readonly by: string;
  /** ISO time. */
  readonly time: string;
  /** Until this merge request, from which it was applied, is merged or closed. */
  readonly mergeRequest?: number | undefined;
}
