import type { Manifest } from './assemble.ts';
import { splitDocuments } from './assemble-split.ts';
import { type ByteString, toText } from './bytes.ts';
import { type Chart, chartPath } from './chart/chart.ts';
import { compilePathPattern, matchesPath } from './chart/path-match.ts';
import { trimSpace } from './chart/space.ts';
import { HelmError } from './helm-error.ts';
import type { Profile } from './profile.ts';

/** A file of a `crds` folder; its content is neither rendered nor split. */
export interface CrdFile {
  readonly path: ByteString;
  readonly content: ByteString;
}

/** What is printed, each list in its final order. */
export interface Printout {
  readonly crds: readonly CrdFile[];
  readonly manifests: readonly Manifest[];
  readonly hooks: readonly Manifest[];
}

/** What `helm template` writes to standard output; patterns of `--show-only` pick from it, none shows everything. */
export function printRelease(printout: Printout, showOnly: readonly string[], profile: Profile): ByteString {
  const manifests = [...printout.crds, ...printout.manifests].map(section).join('');
  const text = `${trimSpace(manifests)}\n${printout.hooks.map(section).join('')}`;
  return showOnly.length === 0 ? text : selected(text, showOnly, profile);
}

/**
 * All rendered files as they are, without notes: what `--debug` shows of a chart whose output is no YAML. In order of
 * path; Helm's order changes from run to run.
 */
export function printUnsorted(
  rendered: ReadonlyMap<ByteString, ByteString>,
  showOnly: readonly string[],
  profile: Profile,
): ByteString {
  const files = [...rendered].filter(([path, text]) => !path.endsWith('NOTES.txt') && trimSpace(text) !== '');
  const inOrder = files.sort(([a], [b]) => (a < b ? -1 : 1));
  const text = `${trimSpace(inOrder.map(([path, content]) => section({ path, content })).join(''))}\n`;
  return showOnly.length === 0 ? text : selected(text, showOnly, profile);
}

/** One object below its `# Source:` line. */
export function section(manifest: Pick<Manifest, 'path' | 'content'>): ByteString {
  return `---\n# Source: ${manifest.path}\n${manifest.content}\n`;
}

/** The files of the `crds` folders of a chart and its subcharts, depth first. */
export function crdFiles(chart: Chart): CrdFile[] {
  const path = chartPath(chart);
  return [
    ...chart.files
      .filter(({ name }) => name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(name))
      .map(({ name, data }) => ({ path: `${path}/${name}`, content: data })),
    ...chart.dependencies.flatMap(crdFiles),
  ];
}

function selected(text: ByteString, patterns: readonly string[], profile: Profile): ByteString {
  const pieces = splitDocuments(text, profile.split).map((piece) => ({
    piece,
    path: /# Source: [^/\n]+\/([^\n]+)/.exec(piece)?.[1],
  }));
  return patterns
    .flatMap((pattern) => {
      const compiled = compilePathPattern(pattern);
      const matching = pieces.filter(
        ({ path }) => path !== undefined && compiled !== undefined && matchesPath(compiled, toText(path)),
      );
      if (matching.length === 0) {
        throw new HelmError({ stage: 'options', message: `could not find template ${pattern} in chart` });
      }
      return matching.map(({ piece }) => `---\n${piece}\n`);
    })
    .join('');
}
