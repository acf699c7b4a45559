/** Which files of a repository a chart there is made from, so that it is known what a change of files can change. */
import { isList, isObject, type Json } from '../resource/resource.ts';
import { readYaml } from '../yaml/index.ts';
import { below, joined, kustomizationNames } from './detect.ts';
import { insideRepository, kustomizeFiles } from './kustomize-files.ts';
import type { FileMap } from './rendered.ts';

/**
 * Paths of the chart's own files, of what a kustomization builds on, and of the charts that `file://` dependencies
 * name. Where that cannot be told, everything below the chart's top folder.
 */
export function filesOfChart(files: FileMap, path: string): readonly string[] {
  const folder = kustomizationNames.some((name) => path === name || path.endsWith(`/${name}`)) ? parentOf(path) : path;
  try {
    const isKustomization = kustomizationNames.some((name) => files.has(joined(folder, name)));
    if (isKustomization) return [...kustomizeFiles({ files, path: folder, origin: '' }, folder).keys()];
    return [...withDependencies(files, folder)];
  } catch {
    return below(files, path === '.' ? '.' : (path.split('/')[0] ?? '.'));
  }
}

/** @throws where a Chart.yaml cannot be read or a dependency leads out of the repository */
function withDependencies(files: FileMap, start: string): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (folder: string): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    if (files.has(folder)) found.add(folder);
    for (const file of below(files, folder)) found.add(file);
    // Charts in charts/ have dependencies of their own.
    for (const file of [...found].filter((name) => name === joined(folder, 'Chart.yaml') || isChartBelow(folder, name)))
      for (const path of dependenciesOf(files, file)) visit(path);
  };
  visit(start);
  return found;
}

function isChartBelow(folder: string, file: string): boolean {
  return file.endsWith('/Chart.yaml') && (folder === '.' || file.startsWith(`${folder}/`));
}

function dependenciesOf(files: FileMap, file: string): readonly string[] {
  const chart = readYaml(new TextDecoder().decode(files.get(file))) as Json;
  const dependencies = isObject(chart) ? chart['dependencies'] : undefined;
  if (!isList(dependencies)) return [];
  return dependencies.flatMap((dependency) => {
    const address = isObject(dependency) ? String(dependency['repository'] ?? '') : '';
    if (!address.startsWith('file://')) return [];
    const folder = insideRepository(parentOf(file), address.slice('file://'.length));
    if (folder === undefined) throw new Error(`${file}: ${address} leads out of the repository`);
    return [folder];
  });
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}
