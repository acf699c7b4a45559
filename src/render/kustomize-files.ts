/** The files that a kustomization needs, and what in it would reach beyond them. */
import { Problem } from '../problem.ts';
import { isList, isObject, type Json, type JsonObject } from '../resource/resource.ts';
import { below, joined, kustomizationNames } from './detect.ts';
import { nearestPath } from './nearest-path.ts';
import { type ChartFiles, type FileMap, placeOf } from './rendered.ts';
import { readDocument, type TextDocument } from './text.ts';

/** Keys that name other kustomizations or files of manifests. */
const rootKeys = ['resources', 'bases', 'components'] as const;
/** Keys that name files of the same folder. */
const fileKeys = [
  'crds',
  'configurations',
  'generators',
  'transformers',
  'validators',
  'patchesStrategicMerge',
] as const;

/** What would run a program or load something that is not in the repository. */
const refusedKeys: Readonly<Record<string, string>> = {
  helmCharts: 'it would download and run Helm; make the Helm chart a release of its own',
  helmChartInflationGenerator: 'it would download and run Helm; make the Helm chart a release of its own',
};

/**
 * The folders of the kustomization and of everything that it builds on, with their files. Throws Problem
 * `source-missing` for what is not there, and `render-failed` for addresses: kustomize would fetch them, so the result
 * would not be that of the commit.
 */
export function kustomizeFiles(chart: ChartFiles, folder: string): FileMap {
  const needed = new Map<string, Uint8Array>();
  const seen = new Set<string>();
  const visit = (root: string) => {
    if (seen.has(root)) return;
    seen.add(root);
    for (const file of below(chart.files, root)) needed.set(file, chart.files.get(file) ?? new Uint8Array());
    const file = kustomizationNames.map((name) => joined(root, name)).find((name) => chart.files.has(name));
    if (file === undefined) throw new Error(`${root} has no kustomization`);
    const place = placeOf(chart, file);
    const document = readDocument(place, new TextDecoder().decode(chart.files.get(file)));
    if (!isObject(document.value)) throw document.at([], 'a kustomization must be a mapping');
    refuse(document.value, document);
    for (const key of rootKeys) {
      for (const [index, entry] of listOf(document.value[key]).entries()) {
        if (typeof entry !== 'string') continue;
        const target = insideRepository(root, entry);
        if (target === undefined) throw document.at([key, index], `"${entry}" leads out of the repository`);
        if (chart.files.has(target)) {
          // kustomize itself says that a file must lie in the folder of its kustomization.
          needed.set(target, chart.files.get(target) ?? new Uint8Array());
        } else if (kustomizationNames.some((name) => chart.files.has(joined(target, name)))) {
          visit(target);
        } else {
          throw missing(document, [key, index], entry, target, chart);
        }
      }
    }
  };
  visit(folder);
  return needed;
}

function refuse(kustomization: JsonObject, document: TextDocument): void {
  for (const [key, because] of Object.entries(refusedKeys)) {
    if (kustomization[key] !== undefined) throw document.at([key], `${key} is not allowed: ${because}`);
  }
  for (const key of [...rootKeys, ...fileKeys]) {
    for (const [index, entry] of listOf(kustomization[key]).entries()) {
      if (typeof entry === 'string') refuseAddress(entry, [key, index], document);
    }
  }
  for (const key of ['patches', 'patchesJson6902', 'replacements']) {
    for (const [index, entry] of listOf(kustomization[key]).entries()) {
      const path = isObject(entry) ? entry['path'] : undefined;
      if (typeof path === 'string') refuseAddress(path, [key, index, 'path'], document);
    }
  }
  const schema = isObject(kustomization['openapi']) ? kustomization['openapi']['path'] : undefined;
  if (typeof schema === 'string') refuseAddress(schema, ['openapi', 'path'], document);
  for (const key of ['configMapGenerator', 'secretGenerator']) {
    for (const [index, generator] of listOf(kustomization[key]).entries()) {
      if (!isObject(generator)) continue;
      const files = [...listOf(generator['files']), ...listOf(generator['envs']), generator['env'] ?? null];
      for (const file of files) {
        const path = typeof file === 'string' ? file.slice(file.indexOf('=') + 1) : '';
        refuseAddress(path, [key, index], document);
      }
    }
  }
}

/** A manifest written in place of a path has line breaks; an address never has. */
function refuseAddress(text: string, path: readonly (string | number)[], document: TextDocument): void {
  if (
    text.includes('\n') ||
    !/^[a-z][a-z0-9+.-]*:|^[\w.-]+@[\w.-]+:|^(github\.com|gitlab\.com|bitbucket\.org)\/|\?ref=/i.test(text)
  )
    return;
  throw document.at(path, `"${text}" is an address; it would be fetched, and could change without any commit here`);
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** A path written in a kustomization, from the top of the files; undefined where it leads out. */
export function insideRepository(folder: string, path: string): string | undefined {
  if (path.startsWith('/')) return undefined;
  const steps = folder === '.' ? [] : folder.split('/');
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.length === 0 ? '.' : steps.join('/');
}

function missing(
  document: TextDocument,
  path: readonly (string | number)[],
  entry: string,
  target: string,
  chart: ChartFiles,
): Problem {
  const { where, excerpt } = document.at(path, '');
  const inside = below(chart.files, target).length > 0;
  const near = nearestPath(target, chart.files.keys(), 'file or folder');
  return new Problem({
    reason: 'source-missing',
    message: inside ? `"${entry}" is a folder without kustomization.yaml` : `"${entry}" does not exist`,
    where,
    excerpt,
    hint: near === undefined || inside ? undefined : `Did you mean ${near}?`,
  });
}
