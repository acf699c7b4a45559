/** What Handlebars throws → a Problem with file, line, column, the line itself and what was probably meant. */
import { nearest, Problem } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import { nestedSigns } from './handlebars-data.ts';
import { HelperMistake, helpers } from './handlebars-helpers.ts';
import { problemAt, readDocument } from './text.ts';
import type { ValuesText } from './values.ts';

export interface TemplateFile {
  /** As people find it. */
  readonly place: string;
  readonly text: string;
}

/** Found by us while a template runs. */
export class TemplateMistake extends Error {
  readonly start: hbs.AST.Position | undefined;
  /** The path that was printed, for finding it in the template. */
  readonly printed: string | undefined;

  constructor(message: string, start?: hbs.AST.Position, printed?: string) {
    super(message);
    this.start = start;
    this.printed = printed;
  }
}

/** Calls a helper with plain data; its last argument is Handlebars' own. */
export function callHelper(name: string, row: (typeof helpers)[string], args: readonly unknown[]): Json {
  const { loc } = args.at(-1) as { readonly loc?: hbs.AST.SourceLocation };
  const given = args.slice(0, -1) as (Json | undefined)[];
  const [fewest, most] = row.takes;
  if (given.length < fewest || given.length > most) {
    const wanted = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
    throw new TemplateMistake(`${name} takes ${wanted} arguments, but got ${given.length}`, loc?.start);
  }
  if (row.absent === undefined && given.includes(undefined)) {
    throw new TemplateMistake(`${name} got a value that is not defined`, loc?.start);
  }
  try {
    return row.call(...given.map((value) => value ?? null));
  } catch (error) {
    if (!(error instanceof HelperMistake)) throw error;
    throw new TemplateMistake(error.message, loc?.start);
  }
}

export interface TemplateData {
  readonly context: unknown;
  readonly valuesFiles: readonly ValuesText[];
}

export function problemOfTemplate(error: unknown, file: TemplateFile, data: TemplateData): Problem {
  // A partial has already said what was wrong and where.
  if (error instanceof Problem) return error;
  if (error instanceof TemplateMistake) {
    const start = error.start ?? (error.printed === undefined ? undefined : findPath(file.text, error.printed));
    return problem(error.message, file, start, error);
  }
  if (error instanceof RangeError) return problem('its partials call each other without end', file, undefined, error);
  if (!(error instanceof Error)) throw error;
  const { lineNumber, column } = error as { readonly lineNumber?: number; readonly column?: number };
  const start = lineNumber === undefined ? undefined : { line: lineNumber, column: column ?? 0 };
  const undefinedName = /^"(.*?)" not defined in ([\s\S]*?)( - \d+:\d+)?$/.exec(error.message);
  if (undefinedName?.[1] !== undefined) {
    return undefinedKey({
      name: undefinedName[1],
      parent: nestedSigns(undefinedName[2] ?? '')[0],
      start,
      file,
      data,
      error,
    });
  }
  const readFromNothing = /^Cannot read properties of (?:undefined|null) \(reading '(.*)'\)/.exec(error.message);
  if (readFromNothing?.[1] !== undefined) {
    return undefinedKey({ name: readFromNothing[1], parent: undefined, start: undefined, file, data, error });
  }
  const inScalar = /^Cannot use 'in' operator to search for '(.*?)' in/.exec(error.message);
  if (inScalar?.[1] !== undefined) {
    const name = inScalar[1];
    return problem(
      `"${name}" is looked for in a text or number, which has no keys`,
      file,
      findPath(file.text, name),
      error,
    );
  }
  const unknownHelper = /used the unknown helper (\S+)/.exec(error.message);
  if (unknownHelper?.[1] !== undefined) {
    const name = unknownHelper[1];
    const near = nearest(name, [...Object.keys(helpers), 'if', 'unless', 'each', 'with', 'lookup']);
    return problem(
      `there is no helper "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      file,
      start,
      error,
    );
  }
  const parse = /^Parse error on line (\d+):\n([\s\S]*?)\n-*\^\n(.*)$/.exec(error.message);
  if (parse !== null) {
    const got = /got '(.*)'$/.exec(parse[3] ?? '')?.[1];
    const words = got === 'EOF' ? 'the template ends inside of a block' : 'this is not Handlebars';
    return problem(words, file, { line: Number(parse[1]), column: -1 }, error);
  }
  const mismatch = /^(\S+) doesn't match (\S+)/.exec(error.message);
  if (mismatch !== null) return problem(`{{/${mismatch[2]}}} does not close {{#${mismatch[1]}}}`, file, start, error);
  return problem(error.message.replace(/ - \d+:\d+$/, ''), file, start, error);
}

function problem(message: string, file: TemplateFile, start: hbs.AST.Position | undefined, cause: unknown): Problem {
  if (start === undefined) return new Problem({ reason: 'render-failed', message, where: file.place, cause });
  const column = start.column < 0 ? undefined : start.column + 1;
  return problemAt({
    reason: 'render-failed',
    message,
    file: file.place,
    text: file.text,
    line: start.line,
    column,
    cause,
  });
}

/** `container has no key "prot"; did you mean "port"? (charts/catalog/values.yaml:5)`, at the key itself. */
function undefinedKey(options: {
  readonly name: string;
  /** Path of what lacks the key, where it is known. */
  readonly parent: string | undefined;
  readonly start: hbs.AST.Position | undefined;
  readonly file: TemplateFile;
  readonly data: TemplateData;
  readonly error: Error;
}): Problem {
  const { name, parent, file, data, error } = options;
  const written = writtenPath(file.text, name, options.start);
  const gap = written === undefined ? undefined : firstGap(written.steps, data.context);
  const holder = gap?.holder ?? (parent === undefined ? undefined : stepsOf(parent));
  const missing = gap?.missing ?? name;
  const start = written === undefined ? options.start : written.placeOf(missing);
  if (holder === undefined) return problem(`"${missing}" is not defined here`, file, start, error);
  const keys = Object.keys((valueIn(holder, data.context) ?? {}) as object);
  const near = nearest(missing, keys);
  const owner = holder.length === 0 ? 'the top' : holder.join('.').replace(/^values\./, '');
  if (near === undefined) return problem(`${owner} has no key "${missing}"`, file, start, error);
  const place = placeOfValue([...holder, near], data.valuesFiles);
  const where = place === undefined ? '' : ` (${place})`;
  return problem(`${owner} has no key "${missing}"; did you mean "${near}"?${where}`, file, start, error);
}

interface WrittenPath {
  readonly steps: readonly string[];
  /** Where one of its steps stands. */
  readonly placeOf: (step: string) => hbs.AST.Position;
}

/** The path in a template that holds a name, at its position or else where it is first used. */
function writtenPath(text: string, name: string, start: hbs.AST.Position | undefined): WrittenPath | undefined {
  const from = start === undefined ? 0 : offsetOf(text, start);
  const pattern = new RegExp(`[\\w$@/.-]*(?<![\\w-])${name.replace(/[^\w]/g, '\\$&')}(?![\\w-])[\\w.-]*`, 'g');
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  if (match === null || (start !== undefined && match.index !== from)) return undefined;
  const steps = match[0].split('.').filter((step) => step !== '');
  return {
    steps,
    placeOf: (step) => {
      const inside = steps.slice(0, steps.indexOf(step)).reduce((length, earlier) => length + earlier.length + 1, 0);
      const before = text.slice(0, match.index + inside).split('\n');
      return { line: before.length, column: before.at(-1)?.length ?? 0 };
    },
  };
}

function offsetOf(text: string, position: hbs.AST.Position): number {
  const lines = text.split('\n').slice(0, position.line - 1);
  return lines.reduce((length, line) => length + line.length + 1, 0) + position.column;
}

/** The first step that leads nowhere, for paths from the top; others depend on the block that they stand in. */
function firstGap(
  steps: readonly string[],
  context: unknown,
): { readonly holder: readonly string[]; readonly missing: string } | undefined {
  const gap = steps.findIndex((_, index) => valueIn(steps.slice(0, index + 1), context) === undefined);
  const missing = steps[gap];
  const known = Object.keys((context ?? {}) as object);
  // A single name may be one of the values that the block looks at.
  if (missing === undefined || (gap === 0 && steps.length === 1)) return undefined;
  if (gap === 0 && nearest(missing, known) === undefined) return undefined;
  return { holder: steps.slice(0, gap), missing };
}

function stepsOf(path: string): readonly string[] {
  return path === '' ? [] : path.replace(/\[(\d+)\]/g, '.$1').split('.');
}

function valueIn(steps: readonly string[], context: unknown): unknown {
  return steps.reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, step)
      ? (value as Record<string, unknown>)[step]
      : undefined;
  }, context);
}

function placeOfValue(steps: readonly string[], valuesFiles: readonly ValuesText[]): string | undefined {
  if (steps[0] !== 'values') return undefined;
  const path = steps.slice(1).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  // The file that was merged last is the one that counts.
  return valuesFiles
    .toReversed()
    .map((file) => readDocument(file.path, file.text).placeOf(path))
    .find((place) => place !== undefined);
}

/** Where a path is first used in a template, by its own words. */
function findPath(text: string, path: string): hbs.AST.Position | undefined {
  const last =
    path
      .replace(/\[\d+\]$/, '')
      .split('.')
      .at(-1) ?? path;
  for (const wanted of [path, last]) {
    const at = new RegExp(`\\{\\{[^{}]*?(?<![\\w-])${wanted.replace(/[^\w]/g, '\\$&')}(?![\\w-])`).exec(text);
    if (at === null) continue;
    const before = text.slice(0, at.index).split('\n');
    return { line: before.length, column: before.at(-1)?.length ?? 0 };
  }
  return undefined;
}
