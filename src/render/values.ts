/** Values files of a release, and values put together for charts that are not Helm's. */
import type { ResolvedRelease } from '../config/config.ts';
import { Problem } from '../problem.ts';
import { isObject, type Json, type JsonObject } from '../resource/resource.ts';
import { nearestPath } from './nearest-path.ts';
import type { FileMap } from './rendered.ts';
import type { Setting } from './settings.ts';
import { readDocument } from './text.ts';

export interface ValuesText {
  readonly path: string;
  readonly text: string;
}

export interface ValuesTexts {
  readonly files: readonly ValuesText[];
  readonly notices: readonly string[];
}

/**
 * The texts of the values files in order. A file named with `{environment}` may be missing, which is said; any other
 * missing one is Problem `source-missing`.
 */
export function readValuesFiles(release: ResolvedRelease, repository: FileMap): ValuesTexts {
  const files: ValuesText[] = [];
  const notices: string[] = [];
  for (const { path, optional } of release.values) {
    const content = repository.get(path);
    if (content !== undefined) files.push({ path, text: new TextDecoder().decode(content) });
    else if (optional) notices.push(`${release.name}: there is no ${path}, so it is skipped`);
    else throw missingFile(`values file ${path} of release ${release.name} does not exist`, path, repository);
  }
  return { files, notices };
}

export function missingFile(message: string, path: string, repository: FileMap): Problem {
  const near = nearestPath(path, repository.keys(), 'file or folder');
  return new Problem({
    reason: 'source-missing',
    message,
    hint:
      near === undefined
        ? 'Paths count from the top of the repository; a folder without files is not there.'
        : `Did you mean ${near}?`,
  });
}

/** A values file as a mapping; an empty one is an empty mapping. Throws Problem `render-failed`. */
export function parseValues(file: ValuesText): JsonObject {
  const { value, at } = readDocument(file.path, file.text);
  if (value === null) return {};
  if (isObject(value)) return value;
  throw at([], 'values must be a mapping of names to values');
}

/** Later values win; mappings are put together key by key, everything else is replaced whole. */
export function mergeValues(earlier: JsonObject, later: JsonObject): JsonObject {
  const merged: Record<string, Json> = Object.assign(Object.create(null), earlier);
  for (const [key, value] of Object.entries(later)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? mergeValues(before, value) : value;
  }
  return merged;
}

export function applySettings(values: JsonObject, settings: readonly Setting[]): JsonObject {
  return settings.reduce((result, { path, value }) => withValue(result, path, value) as JsonObject, values);
}

/** A copy with the value at the path; what is in the way is replaced, lists are padded with null, as with Helm's --set. */
function withValue(target: Json | undefined, path: readonly (string | number)[], value: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list = Array.isArray(target) ? [...(target as readonly Json[])] : [];
    while (list.length < step) list.push(null);
    list[step] = withValue(list[step], rest, value);
    return list;
  }
  const copy: Record<string, Json> = Object.assign(Object.create(null), isObject(target) ? target : {});
  copy[step] = withValue(copy[step], rest, value);
  return copy;
}
