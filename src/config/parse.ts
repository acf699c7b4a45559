/** pushgate.yaml and the files that it includes → the valid configuration, or everything that is wrong with them. */
import { combineProblems, Problem } from '../problem.ts';
import { checkReferences } from './check.ts';
import type { Config, Environment, Release } from './config.ts';
import { type ConfigDocument, placeIn, problemOf } from './document.ts';
import { checkEnvironment } from './environment.ts';
import { globMistake, isGlob, matchesGlob } from './glob.ts';
import { pathMistake, tidyPath } from './path.ts';
import { readDocument } from './read-document.ts';
import { checkRelease, wrong } from './release.ts';
import { type Mistake, shapeOf } from './shape.ts';
import type { RawFile, Written } from './written.ts';

/** The files of one commit, or of the working folder; paths are relative to the repository. */
export interface ConfigFiles {
  /** The text of a file, or undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  /** Every path there is; asked for only when an include is a glob. */
  readonly paths: () => Iterable<string>;
}

/** So many files are a mistake in a glob, not a configuration. */
const maxFiles = 1000;

/**
 * Reads the configuration that begins at `file`. Throws one Problem `config-invalid` that carries all others found;
 * where a file is missing, the reason is `source-missing`.
 */
export function parseConfig(options: { readonly file: string; readonly files: ConfigFiles }): Config {
  const file = tidyPath(options.file);
  const { rawFiles, problems } = readFiles(file, options.files);
  const failure = combineProblems(problems);
  if (failure !== undefined) throw failure;

  const releases: Written<Release>[] = [];
  const mistakes: { readonly document: ConfigDocument; readonly mistake: Mistake }[] = [];
  for (const { document, raw } of rawFiles) {
    for (const [index, release] of (raw.releases ?? []).entries()) {
      const path = ['releases', index];
      const checked = checkRelease(release, path, raw.defaults);
      mistakes.push(...checked.mistakes.map((mistake) => ({ document, mistake })));
      if (checked.value !== undefined) releases.push({ value: checked.value, document, path });
    }
  }
  const names = rawFiles.flatMap(({ raw }) => (raw.releases ?? []).map((release) => release.name));
  const environments: Written<Environment>[] = [];
  for (const { document, raw } of rawFiles) {
    for (const [name, environment] of Object.entries(raw.environments ?? {})) {
      const checked = checkEnvironment(name, environment, names);
      mistakes.push(...checked.mistakes.map((mistake) => ({ document, mistake })));
      if (checked.value !== undefined) {
        environments.push({ value: checked.value, document, path: ['environments', name] });
      }
    }
  }
  mistakes.push(...checkReferences({ rawFiles, releases, environments }));
  const invalid = combineProblems(inFileOrder(mistakes, rawFiles));
  if (invalid !== undefined) throw invalid;
  return { file, releases: releases.map(({ value }) => value), environments: environments.map(({ value }) => value) };
}

/** The same mistake can be seen from two sides; people see each line's problem once, in the order of the files. */
function inFileOrder(
  mistakes: readonly { readonly document: ConfigDocument; readonly mistake: Mistake }[],
  rawFiles: readonly RawFile[],
): readonly Problem[] {
  const rank = new Map(rawFiles.map(({ document }, index) => [document, index]));
  return mistakes
    .toSorted((a, b) => (rank.get(a.document) ?? 0) - (rank.get(b.document) ?? 0) || lineOf(a) - lineOf(b))
    .map(({ document, mistake }) => problemOf(document, mistake))
    .filter((problem, index, all) => {
      // A wrong default is found again by every release that takes it.
      const same = (other: Problem) => other.where === problem.where && other.message === problem.message;
      return all.findIndex(same) === index;
    });
}

function lineOf(found: { readonly document: ConfigDocument; readonly mistake: Mistake }): number {
  return found.document.position(found.mistake.path, found.mistake.on)?.line ?? 0;
}

/** The file and everything that it includes, each file once, an including file before what it includes. */
function readFiles(
  start: string,
  files: ConfigFiles,
): { readonly rawFiles: readonly RawFile[]; readonly problems: readonly Problem[] } {
  const rawFiles: RawFile[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  const visit = (file: string, trail: readonly string[], includedAt: string | undefined) => {
    seen.set(file, includedAt ?? file);
    if (seen.size > maxFiles) {
      throw new Problem({
        reason: 'config-invalid',
        message: `the configuration has more than ${maxFiles} files`,
        where: includedAt,
        hint: 'A glob under include matches more than was meant.',
      });
    }
    const text = files.read(file);
    if (text === undefined) {
      problems.push(missingFile(file, includedAt));
      return;
    }
    const read = readDocument(file, text);
    if (read.kind === 'problem') {
      problems.push(read.problem);
      return;
    }
    const { document } = read;
    const shape = shapeOf(document.value);
    if (shape.kind === 'invalid') {
      problems.push(
        ...inFileOrder(
          shape.mistakes.map((mistake) => ({ document, mistake })),
          [],
        ),
      );
      return;
    }
    rawFiles.push({ document, raw: shape.raw });
    for (const [index, include] of (shape.raw.include ?? []).entries()) {
      const path = ['include', index];
      const report = (message: string, hint?: string) => problems.push(problemOf(document, wrong(path, message, hint)));
      const message = pathMistake(include) ?? globMistake(include);
      if (message !== undefined) {
        report(`include "${include}" ${message}`);
        continue;
      }
      const place = placeIn(document, path);
      const matched = isGlob(include)
        ? [...files.paths()].filter((candidate) => matchesGlob(tidyPath(include), candidate)).toSorted()
        : [tidyPath(include)];
      // A glob may match the file that holds it; including oneself by name is a circle.
      const wanted = isGlob(include) ? matched.filter((candidate) => candidate !== file) : matched;
      if (wanted.length === 0) report(`include "${include}" matches no file`);
      for (const next of wanted) {
        const circle = [...trail, file].indexOf(next);
        const before = seen.get(next);
        if (circle >= 0) {
          report(`the files include each other: ${[...trail, file, next].slice(circle).join(' → ')}`);
        } else if (before !== undefined) {
          report(`${next} is included twice`, `The first time at ${before}.`);
        } else {
          visit(next, [...trail, file], place);
        }
      }
    }
  };
  visit(start, [], undefined);
  return { rawFiles, problems };
}

function missingFile(file: string, includedAt: string | undefined): Problem {
  if (includedAt !== undefined) {
    return new Problem({ reason: 'config-invalid', message: `include "${file}" does not exist`, where: includedAt });
  }
  return new Problem({
    reason: 'source-missing',
    message: `the configuration ${file} does not exist`,
    hint: 'Name another file with --config, or do without one: pushgate plan charts/catalog -n shop',
  });
}
