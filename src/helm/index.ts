/**
 * The Helm engine's only door: files, values and a release in, rendered objects out. No I/O happens behind it; what a
 * template may learn from the world comes through `World`.
 */

export type { HookEvent } from './assemble.ts';
export { type ArchiveLimits, archiveLimits, isArchive } from './chart/archive.ts';
export { type IgnoreRule, ignoreFile, ignoreRule } from './chart/ignore.ts';
export type { ChartSource } from './chart/load.ts';
export type { ValueOptions, ValuesFile } from './chart/values.ts';
export type { BoundValues, Draw, DrawLog, Draws, StandInSeed } from './draws.ts';
export type { FieldOrigin, LocatedValue, StretchOrigin } from './explain-object.ts';
export { endedByStack, HelmError, type HelmErrorOptions, type HelmStage } from './helm-error.ts';
export { type HelmVersion, helmVersions, newestHelm, profileOf } from './profile.ts';
export type { TakenBranch, Written } from './provenance/explanation.ts';
export type { Place } from './provenance/place.ts';
export {
  type ReleaseOptions,
  type RenderedChart,
  type RenderedHook,
  type RenderedObject,
  type RenderOptions,
  type RenderRequest,
  renderChart,
  renderName,
  type World,
} from './render-chart.ts';
export { type SuppliedValue, suppliedValues } from './supplied-values.ts';
export type { ValueSource } from './value-sources.ts';
