import { type ByteString, fromBytes, fromText, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { HelmError } from '../helm-error.ts';
import type { Profile } from '../profile.ts';
import type { GoMap } from '../value.ts';
import { type ArchiveLimits, archiveLimits, readArchive, withoutByteOrderMark } from './archive.ts';
import { type Chart, type ChartFile, setDependencies } from './chart.ts';
import { ignoreFile, ignoreRule, withoutIgnored } from './ignore.ts';
import { emptyMetadata, readMetadata, validateMetadata } from './metadata.ts';
import { YamlTextError } from './read-yaml.ts';
import { readDocuments } from './values.ts';

/** A chart before it is read: the files of its folder (paths with `/`, relative to it), or its packed form. */
export type ChartSource =
  | { readonly kind: 'folder'; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly kind: 'archive'; readonly data: Uint8Array };

export interface LoadOptions {
  readonly profile: Profile;
  readonly warn: (message: string) => void;
  readonly limits?: ArchiveLimits;
}

interface SourceFile {
  readonly name: string;
  readonly data: Uint8Array;
}

interface Loading {
  readonly profile: Profile;
  readonly warn: (message: string) => void;
  /** What the packed subcharts, at any depth, may still unpack to: one bomb within another counts once. */
  readonly room: { totalBytes: number; files: number };
  readonly limits: ArchiveLimits;
}

/** No chart nests this deeply; a hostile one shall not exhaust the stack. */
const maxNesting = 50;

/** Reads a chart with all its subcharts. Throws `HelmError` of stage `chart` (or `limit`). */
export function loadChart(source: ChartSource, options: LoadOptions): Chart {
  const limits = options.limits ?? archiveLimits;
  const loading: Loading = {
    profile: options.profile,
    warn: options.warn,
    room: { totalBytes: limits.totalBytes, files: limits.files },
    limits,
  };
  const files = source.kind === 'folder' ? folderFiles(source.files, limits) : archiveFiles(source.data, loading);
  if (options.profile.major === 4) refuseUnknownApiVersion(files);
  return loadFiles(files, '', loading, 0);
}

function folderFiles(files: ReadonlyMap<string, Uint8Array>, limits: ArchiveLimits): SourceFile[] {
  const rules = files.get(ignoreFile);
  const kept = withoutIgnored(files, ignoreRule(rules === undefined ? undefined : toText(fromBytes(rules))));
  for (const [name, data] of kept) {
    if (data.length > limits.fileBytes) {
      throw new HelmError({
        stage: 'limit',
        file: name,
        message: `chart file ${JSON.stringify(name)} is larger than the maximum file size ${limits.fileBytes}`,
      });
    }
  }
  // As Helm walks a folder: by name within each folder, so `crds/a.yaml` comes after all of `crds/a/`.
  const keyed = [...kept].map(([name, data]) => ({ name, data, key: fromText(name).replaceAll('/', '\0') }));
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ name, data }) => ({ name, data: withoutByteOrderMark(data) }));
}

function archiveFiles(data: Uint8Array, loading: Loading): SourceFile[] {
  const files = readArchive(data, { ...loading.limits, ...loading.room });
  for (const file of files.values()) loading.room.totalBytes -= file.length;
  loading.room.files -= files.size;
  return [...files].map(([name, content]) => ({ name, data: content }));
}

/** Helm 4 looks at the apiVersion before anything else. */
function refuseUnknownApiVersion(files: readonly SourceFile[]): void {
  const file = files.find(({ name }) => name === 'Chart.yaml');
  if (file === undefined) throw new HelmError({ stage: 'chart', message: 'Chart.yaml file is missing' });
  const metadata = emptyMetadata();
  inFile('Chart.yaml', 'cannot load Chart.yaml', () => readMetadata(fromBytes(file.data), metadata));
  if (!['', 'v1', 'v2'].includes(metadata.apiVersion)) {
    throw new HelmError({
      stage: 'chart',
      file: 'Chart.yaml',
      message: 'unsupported chart version',
      hint: `apiVersion is ${JSON.stringify(toText(metadata.apiVersion))}; known are v1 and v2.`,
    });
  }
}

function loadFiles(files: readonly SourceFile[], location: string, loading: Loading, depth: number): Chart {
  if (depth > maxNesting) {
    throw new HelmError({ stage: 'limit', message: `subcharts are nested more than ${maxNesting} levels deep` });
  }
  const draft = readParts(files, location, loading);
  const subcharts = [...draft.subcharts.keys()].sort().flatMap((name) => {
    if (name.startsWith('_') || name.startsWith('.')) return [];
    const members = draft.subcharts.get(name) ?? [];
    try {
      return [loadSubchart(name, members, `${location}charts/${name}`, loading, depth + 1)];
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      throw new HelmError({
        ...error,
        message: `error unpacking subchart ${name} in ${toText(draft.chart.metadata.name)}: ${error.message}`,
        cause: error,
      });
    }
  });
  setDependencies(draft.chart, subcharts);
  return draft.chart;
}

interface Draft {
  readonly chart: Chart;
  /** Files below `charts/`, by the first segment of their path, which is dropped from the names of folders' files. */
  readonly subcharts: ReadonlyMap<string, readonly SourceFile[]>;
}

/** Sorts the files of one chart into their places. */
function readParts(files: readonly SourceFile[], location: string, loading: Loading): Draft {
  const metadata = emptyMetadata();
  const subcharts = new Map<string, SourceFile[]>();
  const templates: ChartFile[] = [];
  const others: ChartFile[] = [];
  let values: GoMap | null = null;
  let valuesText: ByteString | undefined;
  let schema: ByteString | undefined;
  let described = false;
  for (const { name, data } of files) {
    if (name !== 'Chart.yaml') continue;
    described = true;
    inFile(location + name, 'cannot load Chart.yaml', () => readMetadata(fromBytes(data), metadata));
    if (metadata.apiVersion === '') metadata.apiVersion = 'v1';
  }
  for (const { name, data } of files) {
    const text = () => fromBytes(data);
    const file = () => ({ name: fromText(name), data: text() });
    switch (name) {
      case 'Chart.yaml':
      case 'Chart.lock':
        break;
      case 'values.yaml':
        valuesText = text();
        values = inFile(location + name, 'cannot load values.yaml', () => readDocuments(text(), loading.profile));
        break;
      case 'values.schema.json':
        schema = text();
        break;
      case 'requirements.yaml':
      case 'requirements.lock':
        described = true;
        if (metadata.apiVersion === 'v1') others.push(file());
        else loading.warn(requirementsWarning(name));
        if (name === 'requirements.yaml') {
          inFile(location + name, 'cannot load requirements.yaml', () => readMetadata(text(), metadata));
        }
        break;
      default:
        if (name.startsWith('templates/')) templates.push(file());
        else if (name.startsWith('charts/') && !name.endsWith('.prov')) collect(subcharts, name, data);
        else others.push(file());
    }
  }
  if (!described) throw new HelmError({ stage: 'chart', message: 'Chart.yaml file is missing' });
  inFile(`${location}Chart.yaml`, '', () => validateMetadata(metadata, loading.profile));
  const chart: Chart = {
    metadata,
    templates,
    files: others,
    values,
    valuesText,
    schema,
    parent: undefined,
    dependencies: [],
    location,
  };
  return { chart, subcharts };
}

function collect(subcharts: Map<string, SourceFile[]>, name: string, data: Uint8Array): void {
  const path = name.slice('charts/'.length);
  const [top = ''] = path.split('/', 1);
  const members = subcharts.get(top) ?? [];
  members.push({ name: path.slice(top.length + 1), data });
  subcharts.set(top, members);
}

function loadSubchart(
  name: string,
  members: readonly SourceFile[],
  location: string,
  loading: Loading,
  depth: number,
): Chart {
  const [first] = members;
  if (name.endsWith('.tgz') && first !== undefined) {
    if (first.name !== '') {
      throw new HelmError({ stage: 'chart', message: `expected ${name}, got ${name}/${first.name}` });
    }
    return loadFiles(archiveFiles(first.data, loading), `${location}/`, loading, depth);
  }
  // A loose file such as charts/README.md is an empty chart to Helm, and so an error.
  const inside = members.filter((member) => member.name !== '');
  return loadFiles(inside, `${location}/`, loading, depth);
}

function requirementsWarning(name: string): string {
  return name === 'requirements.yaml'
    ? 'Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.'
    : 'Warning: Dependency locking is handled in Chart.lock since apiVersion "v2". We recommend migrating to Chart.lock.';
}

/** Puts file and words to what is thrown by reading one file of a chart. */
function inFile<T>(file: string, doing: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    const line = error instanceof YamlTextError ? error.line : undefined;
    const message = doing === '' ? error.message : `${doing}: ${error.message}`;
    throw new HelmError({ stage: 'chart', file, line, message, cause: error });
  }
}
