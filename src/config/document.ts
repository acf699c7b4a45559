/** One file of the configuration, read, with the lines where things stand. */
import { excerptAt, Problem } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import type { Mistake, Path } from './shape.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface ConfigDocument {
  /** Path relative to the repository. */
  readonly file: string;
  readonly text: string;
  readonly value: Json;
  /** Where a key, or what stands under it, begins; undefined where the path leads nowhere. */
  readonly position: (path: Path, on: 'key' | 'value') => Position | undefined;
}

/** A mistake in a file as the Problem that people see. */
export function problemOf(document: ConfigDocument, mistake: Mistake): Problem {
  const position = nearestPosition(document, mistake);
  return new Problem({
    reason: 'config-invalid',
    message: mistake.message,
    where: placeOf(document.file, position),
    excerpt: position === undefined ? undefined : excerptAt({ text: document.text, ...position }),
    hint: mistake.hint,
  });
}

/** `file:line`, for messages that name a second place. */
export function placeIn(document: ConfigDocument, path: Path): string {
  return placeOf(document.file, nearestPosition(document, { path, on: 'key' }));
}

function placeOf(file: string, position: Position | undefined): string {
  return position === undefined ? file : `${file}:${position.line}`;
}

/** What is not there has no line of its own; then the line of what should hold it counts. */
function nearestPosition(document: ConfigDocument, mistake: Pick<Mistake, 'path' | 'on'>): Position | undefined {
  for (let length = mistake.path.length; length >= 0; length--) {
    const on = length === mistake.path.length ? mistake.on : 'key';
    const position = document.position(mistake.path.slice(0, length), on);
    if (position !== undefined) return position;
  }
  return undefined;
}
