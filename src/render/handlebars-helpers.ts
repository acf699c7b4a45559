/** The helpers that Handlebars charts may use; docs/handlebars.md is their reference. All are pure. */
import { createHash } from 'node:crypto';
import { isList, isObject, type Json } from '../resource/resource.ts';
import { encodeBase64 } from '../resource/secret.ts';
import { writeJson, writeYaml } from '../yaml/index.ts';

export type Helper = (...args: readonly Json[]) => Json;

/** A helper says what it wants in a sentence; the caller adds where. */
export class HelperMistake extends Error {}

interface HelperRow {
  readonly help: string;
  /** Fewest and most arguments. */
  readonly takes: readonly [number, number];
  /** Whether an argument may be a value that nobody defined. */
  readonly absent?: true;
  readonly call: Helper;
}

export const helpers: Readonly<Record<string, HelperRow>> = {
  default: {
    help: '`{{default value other}}`: the value, or the other one where it is empty (null, false, 0, "", an empty list or mapping)',
    takes: [2, 2],
    absent: true,
    call: (value, other) => (isEmpty(value) ? (other ?? null) : (value ?? null)),
  },
  required: {
    help: '`{{required "message" value}}`: the value; rendering fails with the message where it is null or ""',
    takes: [2, 2],
    absent: true,
    call: (message, value) => {
      if (value === null || value === undefined || value === '') throw new HelperMistake(String(message));
      return value;
    },
  },
  quote: {
    help: '`{{quote value}}`: as text in double quotes, safe in YAML',
    takes: [1, 1],
    call: (value) => JSON.stringify(textOf(value, 'quote')),
  },
  json: {
    help: '`{{json value}}`: as JSON on one line, which is YAML too',
    takes: [1, 1],
    call: (value) => toJson(value),
  },
  yaml: {
    help: '`{{nindent 4 (yaml value)}}`: as YAML over several lines, keys in order',
    takes: [1, 1],
    call: (value) => writeYaml(value).trimEnd(),
  },
  indent: {
    help: '`{{indent 4 text}}`: every line moved to the right',
    takes: [2, 2],
    call: (width, text) => indented(width, text, 'indent'),
  },
  nindent: {
    help: '`{{nindent 4 text}}`: the same, beginning on a new line',
    takes: [2, 2],
    call: (width, text) => `\n${indented(width, text, 'nindent')}`,
  },
  base64: { help: '`{{base64 text}}`: encoded', takes: [1, 1], call: (text) => encodeBase64(textOf(text, 'base64')) },
  sha256: {
    help: '`{{sha256 text}}`: hash in hexadecimal, e.g. to restart Pods when a ConfigMap changes',
    takes: [1, 1],
    call: (text) => createHash('sha256').update(textOf(text, 'sha256')).digest('hex'),
  },
  lower: { help: '`{{lower text}}`', takes: [1, 1], call: (text) => textOf(text, 'lower').toLowerCase() },
  upper: { help: '`{{upper text}}`', takes: [1, 1], call: (text) => textOf(text, 'upper').toUpperCase() },
  concat: {
    help: '`{{concat a b …}}`: texts one after the other',
    takes: [1, 100],
    call: (...texts) => texts.map((text) => textOf(text, 'concat')).join(''),
  },
  eq: {
    help: '`{{#if (eq a b)}}`: whether two values are the same',
    takes: [2, 2],
    absent: true,
    call: (a, b) => toJson(a) === toJson(b),
  },
  ne: {
    help: '`{{#if (ne a b)}}`: whether they are not',
    takes: [2, 2],
    absent: true,
    call: (a, b) => toJson(a) !== toJson(b),
  },
  and: {
    help: '`{{#if (and a b …)}}`: whether none is empty',
    takes: [1, 100],
    absent: true,
    call: (...all) => !all.some(isEmpty),
  },
  or: {
    help: '`{{#if (or a b …)}}`: whether one is not empty',
    takes: [1, 100],
    absent: true,
    call: (...all) => !all.every(isEmpty),
  },
  not: { help: '`{{#if (not a)}}`: whether it is empty', takes: [1, 1], absent: true, call: (value) => isEmpty(value) },
};

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === 0n || value === '')
    return true;
  if (isList(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function textOf(value: Json | undefined, helper: string): string {
  if (value === undefined || value === null) throw new HelperMistake(`${helper} needs a text, but the value is null`);
  if (typeof value === 'object') {
    throw new HelperMistake(`${helper} needs a text, but the value is ${isList(value) ? 'a list' : 'a mapping'}`);
  }
  return String(value);
}

function indented(width: Json | undefined, text: Json | undefined, helper: string): string {
  if (typeof width !== 'number' || !Number.isInteger(width) || width < 0 || width > 200) {
    throw new HelperMistake(`${helper} needs a number of blanks from 0 to 200 first`);
  }
  return textOf(text, helper).replace(/^(?=.)/gm, ' '.repeat(width));
}

function toJson(value: Json | undefined): string {
  return writeJson(value ?? null);
}
