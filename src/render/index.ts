/** The door of rendering. */
export { filesOfChart } from './chart-files.ts';
export { detectChart } from './detect.ts';
export { renderRelease } from './render.ts';
export type {
  ChartFiles,
  FileMap,
  Hook,
  Rendered,
  RenderedHook,
  RenderedObject,
  RenderOptions,
} from './rendered.ts';
export { boundAtApply, secretPlaceholder } from './settings.ts';
