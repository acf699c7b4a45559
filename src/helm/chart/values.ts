import { type ByteString, fromBytes, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { HelmError } from '../helm-error.ts';
import type { Profile } from '../profile.ts';
import { dictOf, GoMap, type Value } from '../value.ts';
import { readJson } from './json-prefix.ts';
import { readTable, YamlTextError } from './read-yaml.ts';
import { setFiles, setJson, setLiteral, setStrings, setTyped } from './set-values.ts';

/** One `-f` file. `name` stands in messages and says where a value came from. */
export interface ValuesFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** What a user gives for a release's values, as on Helm's command line. Each list is in the order it was given. */
export interface ValueOptions {
  readonly files?: readonly ValuesFile[];
  readonly setJson?: readonly string[];
  readonly set?: readonly string[];
  readonly setString?: readonly string[];
  /** `key=path`; `readFile` gives the contents. */
  readonly setFile?: readonly string[];
  readonly setLiteral?: readonly string[];
  readonly readFile?: (path: string) => Uint8Array;
}

/**
 * The values a user gives, joined in Helm's order: files, then --set-json, --set, --set-string, --set-file,
 * --set-literal. Tables are merged, everything else is replaced, a null stays. Throws `HelmError` of stage `values`.
 */
export function userValues(options: ValueOptions, profile: Profile): GoMap {
  let values = dictOf();
  for (const { name, data } of options.files ?? []) {
    values = mergeTables(
      values,
      reading(name, `failed to parse ${name}`, () => readDocuments(fromBytes(data), profile)),
    );
  }
  for (const argument of options.setJson ?? []) {
    const trimmed = argument.trim();
    if (profile.major === 4 && trimmed.startsWith('{')) {
      const table = plainly(`failed parsing --set-json data JSON: ${argument}`, () => readJson(trimmed));
      if (table instanceof GoMap) values = mergeTables(values, table);
    } else {
      plainly(`failed parsing --set-json data ${argument}`, () => setJson(argument, values));
    }
  }
  for (const argument of options.set ?? []) setting('--set', () => setTyped(argument, values));
  for (const argument of options.setString ?? []) setting('--set-string', () => setStrings(argument, values));
  for (const argument of options.setFile ?? []) {
    setting('--set-file', () => setFiles(argument, values, (path) => fileValue(path, options)));
  }
  for (const argument of options.setLiteral ?? []) setting('--set-literal', () => setLiteral(argument, values));
  return values;
}

function fileValue(path: string, options: ValueOptions): Value {
  if (options.readFile === undefined) throw new GoError(`open ${path}: files cannot be read here`);
  try {
    return fromBytes(options.readFile(path));
  } catch (error) {
    // Whatever kept the caller from reading it belongs behind Helm's own words.
    throw new GoError(error instanceof Error ? error.message : String(error));
  }
}

/** A new table: `over` on top of `under`, table by table. */
function mergeTables(under: GoMap, over: GoMap): GoMap {
  const merged = new Map(under.entries);
  for (const [key, value] of over.entries) {
    const known = merged.get(key);
    merged.set(key, value instanceof GoMap && known instanceof GoMap ? mergeTables(known, value) : value);
  }
  return new GoMap(under.type, merged);
}

/**
 * A values file. Helm 4 merges all its YAML documents, Helm 3 reads the first one. Throws `GoError` in the words of the
 * YAML library, which the caller puts its own words in front of.
 */
export function readDocuments(text: ByteString, profile: Profile): GoMap {
  if (profile.major === 3) return readTable(text);
  let values = dictOf();
  for (const document of splitDocuments(text)) {
    try {
      values = mergeTables(values, readTable(document));
    } catch (error) {
      if (!(error instanceof GoError)) throw error;
      error.message = `cannot unmarshal yaml document: ${error.message}`;
      throw error;
    }
  }
  return values;
}

/** How much of a line Go's buffered reader gives at once. */
const bufferSize = 4096;

/** Documents as Kubernetes' YAML reader finds them: a separator is a line that begins with `---`. */
function splitDocuments(text: ByteString): ByteString[] {
  if (!text.includes('---') && !text.includes('\r') && text.endsWith('\n')) return [text];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  // Helm up to 4.2.4 loses an unfinished last line that fills its buffer exactly; what it renders then, we render.
  if (last !== '' && last.length % bufferSize !== 0) lines.push(last);
  const documents: ByteString[] = [];
  let document = '';
  for (const raw of lines) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.startsWith('---')) {
      const rest = toText(line.slice(3)).trim();
      if (rest !== '' && !rest.startsWith('#')) {
        throw new GoError(`error reading yaml document: invalid Yaml document separator: ${rest}`);
      }
      if (document !== '') documents.push(document);
      // Only the first of several separators in a row stays in front of its document, where it does no harm.
      if (document !== '') {
        document = '';
        continue;
      }
    }
    document += `${line}\n`;
  }
  if (document !== '') documents.push(document);
  return documents;
}

function setting(flag: string, set: () => void): void {
  reading(undefined, `failed parsing ${flag} data`, set);
}

function reading<T>(file: string | undefined, doing: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    const line = error instanceof YamlTextError ? error.line : undefined;
    throw new HelmError({ stage: 'values', file, line, message: `${doing}: ${error.message}`, cause: error });
  }
}

/** For messages that do not tell the cause. */
function plainly<T>(message: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw new HelmError({ stage: 'values', message, cause: error });
  }
}
