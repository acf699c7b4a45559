/** What kind of chart a path is, from its files alone. */
import { Problem } from '../problem.ts';
import { type ChartFiles, type FileMap, placeOf } from './rendered.ts';
import { missingFile } from './values.ts';

export type DetectedChart =
  | { readonly kind: 'helm'; readonly folder: string }
  | { readonly kind: 'helm-archive'; readonly file: string }
  | { readonly kind: 'kustomize'; readonly folder: string }
  | { readonly kind: 'handlebars'; readonly folder: string }
  | { readonly kind: 'plain'; readonly files: readonly string[] };

export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** What a file at the top of a folder makes the folder; naming the file itself as the chart chooses among several. */
const markers: Readonly<Record<string, 'helm' | 'kustomize' | 'handlebars'>> = {
  'Chart.yaml': 'helm',
  'kustomization.yaml': 'kustomize',
  'kustomization.yml': 'kustomize',
  Kustomization: 'kustomize',
  'chart.yaml': 'handlebars',
};

/**
 * Helm has `Chart.yaml`, Kustomize `kustomization.yaml`, Handlebars `chart.yaml` or `*.hbs`; what is left are plain
 * manifests. Throws Problem `source-missing` where there is nothing, `config-invalid` where it could be two kinds.
 */
export function detectChart(chart: ChartFiles): DetectedChart {
  const { files, path } = chart;
  if (files.has(path)) return detectFile(chart);
  const inside = below(files, path);
  if (inside.length === 0) {
    if (chart.origin === '') throw missingFile(`the chart ${path} does not exist`, path, foldersOf(files));
    throw new Problem({ reason: 'source-missing', message: `${placeOf(chart, path)} has no files` });
  }
  const found = Object.keys(markers).filter((name) => files.has(joined(path, name)));
  const kinds = new Set(found.map((name) => markers[name]));
  if (kinds.size > 1) {
    throw new Problem({
      reason: 'config-invalid',
      message: `${placeOf(chart, path)} could be two kinds of chart: it has ${found.join(' and ')}`,
      hint: `Name the file that counts, e.g. chart: ${joined(path, found[0] ?? '')}`,
    });
  }
  const [kind] = kinds;
  if (kind !== undefined) return { kind, folder: path };
  if (inside.some((file) => file.endsWith('.hbs'))) return { kind: 'handlebars', folder: path };
  const manifests = inside.filter((file) => isManifest(file) && !isHidden(relative(path, file)));
  if (manifests.length > 0) return { kind: 'plain', files: manifests.toSorted() };
  throw new Problem({
    reason: 'source-missing',
    message: `${placeOf(chart, path)} has nothing to render`,
    hint: 'A chart has Chart.yaml (Helm), kustomization.yaml (Kustomize), chart.yaml or *.hbs (Handlebars), or manifests in *.yaml or *.json.',
  });
}

function detectFile(chart: ChartFiles): DetectedChart {
  const { path } = chart;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = path === name ? '.' : path.slice(0, -name.length - 1);
  const kind = markers[name];
  if (kind !== undefined) return { kind, folder };
  if (name.endsWith('.tgz')) return { kind: 'helm-archive', file: path };
  if (isManifest(name)) return { kind: 'plain', files: [path] };
  throw new Problem({
    reason: 'config-invalid',
    message: `${placeOf(chart, path)} is not a chart`,
    hint: name.endsWith('.hbs')
      ? 'A chart of Handlebars templates is a folder; name the folder.'
      : 'A chart is a folder, a packed Helm chart (.tgz), or one file of manifests (.yaml, .json).',
  });
}

/** Paths of all files in a folder, in the order of the map. */
export function below(files: FileMap, folder: string): readonly string[] {
  if (folder === '.') return [...files.keys()];
  return [...files.keys()].filter((file) => file.startsWith(`${folder}/`));
}

/** `charts/catalog` + `values.yaml`; the folder `.` adds nothing. */
export function joined(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

export function relative(folder: string, file: string): string {
  return folder === '.' ? file : file.slice(folder.length + 1);
}

function isManifest(file: string): boolean {
  return /\.(ya?ml|json)$/.test(file);
}

/** Files and folders with a leading dot belong to tools. */
function isHidden(path: string): boolean {
  return path.split('/').some((step) => step.startsWith('.'));
}

function foldersOf(files: FileMap): FileMap {
  const folders = [...files.keys()].flatMap((file) => {
    const steps = file.split('/');
    return steps.slice(0, -1).map((_, index) => steps.slice(0, index + 1).join('/'));
  });
  return new Map(folders.map((folder) => [folder, new Uint8Array()]));
}
