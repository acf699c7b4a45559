import { type ByteString, fromText, toText } from '../bytes.ts';
import { GoError } from '../errors.ts';
import { isPrintable } from '../format/printable.ts';
import { parseVersion, SemverError } from '../functions/semver/version.ts';
import type { Profile } from '../profile.ts';
import { dictOf, listOf, type Value } from '../value.ts';
import type { Dependency, Maintainer, Metadata } from './chart.ts';
import { boolField, fieldsOf, isPlainMap, listField, type Plain, stringField, stringMapField } from './plain.ts';
import { decoding, readPlain } from './read-yaml.ts';

const metadataKeys = [
  'name',
  'home',
  'sources',
  'version',
  'description',
  'keywords',
  'maintainers',
  'icon',
  'apiVersion',
  'condition',
  'tags',
  'appVersion',
  'deprecated',
  'annotations',
  'kubeVersion',
  'dependencies',
  'type',
] as const satisfies readonly (keyof Metadata)[];

const dependencyKeys = [
  'name',
  'version',
  'repository',
  'condition',
  'tags',
  'enabled',
  'import-values',
  'alias',
] as const;

export function emptyMetadata(): Metadata {
  return {
    name: '',
    home: '',
    sources: undefined,
    version: '',
    description: '',
    keywords: undefined,
    maintainers: undefined,
    icon: '',
    apiVersion: '',
    condition: '',
    tags: '',
    appVersion: '',
    deprecated: false,
    annotations: undefined,
    kubeVersion: '',
    dependencies: undefined,
    type: '',
  };
}

/**
 * Reads `Chart.yaml`, or `requirements.yaml` on top of it, into `metadata`. Only fields that the text has are written.
 * Throws `GoError`.
 */
export function readMetadata(text: ByteString, metadata: Metadata): void {
  const plain = readPlain(text);
  if (plain === null) return;
  decoding(() => {
    const fields = fieldsOf(plain, metadataKeys, 'v2.Metadata');
    for (const [key, value] of fields) decodeField(metadata, key as keyof Metadata, value);
  });
}

function decodeField(metadata: Metadata, key: keyof Metadata, value: Plain): void {
  const field = `Metadata.${key}`;
  switch (key) {
    case 'sources':
    case 'keywords':
      metadata[key] = listField(value, field, '[]string', (item) => stringField(item, field));
      return;
    case 'maintainers':
      metadata.maintainers = listField(value, field, '[]*v2.Maintainer', decodeMaintainer);
      return;
    case 'deprecated':
      metadata.deprecated = boolField(value, field);
      return;
    case 'annotations':
      metadata.annotations = stringMapField(value, field);
      return;
    case 'dependencies':
      metadata.dependencies = listField(value, field, '[]*v2.Dependency', decodeDependency);
      return;
    default:
      metadata[key] = stringField(value, field);
  }
}

function decodeMaintainer(plain: Plain): Maintainer | null {
  if (plain === null) return null;
  const fields = fieldsOf(plain, ['name', 'email', 'url'], 'v2.Maintainer');
  return {
    name: stringField(fields.get('name'), 'Maintainer.maintainers.name'),
    email: stringField(fields.get('email'), 'Maintainer.maintainers.email'),
    url: stringField(fields.get('url'), 'Maintainer.maintainers.url'),
  };
}

function decodeDependency(plain: Plain): Dependency | null {
  if (plain === null) return null;
  const fields = fieldsOf(plain, dependencyKeys, 'v2.Dependency');
  const field = (name: string) => `Dependency.dependencies.${name}`;
  return {
    name: stringField(fields.get('name'), field('name')),
    version: stringField(fields.get('version'), field('version')),
    repository: stringField(fields.get('repository'), field('repository')),
    condition: stringField(fields.get('condition'), field('condition')),
    tags: listField(fields.get('tags'), field('tags'), '[]string', (item) => stringField(item, field('tags'))),
    enabled: boolField(fields.get('enabled'), field('enabled')),
    importValues: listField(fields.get('import-values'), field('import-values'), '[]interface {}', toValue),
    alias: stringField(fields.get('alias'), field('alias')),
  };
}

function toValue(plain: Plain): Value {
  if (typeof plain === 'bigint') return Number(plain);
  if (plain === null || typeof plain !== 'object') return plain;
  if (isPlainMap(plain)) return dictOf([...plain].map(([key, value]) => [key, toValue(value)] as const));
  return listOf(plain.map(toValue));
}

/** Checks what Helm checks before it uses a chart, and cleans the texts. Throws `GoError` with Helm's message. */
export function validateMetadata(metadata: Metadata, profile: Profile): void {
  for (const key of [
    'name',
    'description',
    'home',
    'icon',
    'condition',
    'tags',
    'appVersion',
    'kubeVersion',
  ] as const) {
    metadata[key] = sanitize(metadata[key]);
  }
  metadata.sources = metadata.sources?.map(sanitize);
  metadata.keywords = metadata.keywords?.map(sanitize);
  const name = toText(metadata.name);
  if (metadata.apiVersion === '') throw invalid('chart.metadata.apiVersion is required');
  if (name === '') throw invalid('chart.metadata.name is required');
  if (profile.refusesDotNames && (name === '.' || name === '..')) {
    throw invalid(`chart.metadata.name ${JSON.stringify(name)} is not allowed`);
  }
  if (name.includes('/')) throw invalid(`chart.metadata.name ${JSON.stringify(name)} is invalid`);
  if (metadata.version === '') throw invalid('chart.metadata.version is required');
  if (!isVersion(toText(metadata.version))) {
    throw invalid(`chart.metadata.version ${JSON.stringify(toText(metadata.version))} is invalid`);
  }
  if (!['', 'application', 'library'].includes(metadata.type)) {
    throw invalid('chart.metadata.type must be application or library');
  }
  for (const maintainer of metadata.maintainers ?? []) {
    if (maintainer === null) throw invalid('maintainers must not contain empty or null nodes');
    maintainer.name = sanitize(maintainer.name);
    maintainer.email = sanitize(maintainer.email);
    maintainer.url = sanitize(maintainer.url);
  }
  validateDependencies(metadata);
}

function validateDependencies(metadata: Metadata): void {
  const seen = new Set<ByteString>();
  for (const dependency of metadata.dependencies ?? []) {
    if (dependency === null) throw invalid('dependencies must not contain empty or null nodes');
    for (const key of ['name', 'version', 'repository', 'condition'] as const) {
      dependency[key] = sanitize(dependency[key]);
    }
    dependency.tags = dependency.tags?.map(sanitize);
    if (dependency.alias !== '' && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias)) {
      throw invalid(`dependency ${JSON.stringify(toText(dependency.name))} has disallowed characters in the alias`);
    }
    const key = dependency.alias === '' ? dependency.name : dependency.alias;
    if (seen.has(key)) throw invalid(`more than one dependency with name or alias ${JSON.stringify(toText(key))}`);
    seen.add(key);
  }
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch (error) {
    if (error instanceof SemverError) return false;
    throw error;
  }
}

/** Unicode spaces become one space each, what cannot be printed is dropped. */
function sanitize(text: ByteString): ByteString {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  let clean = '';
  for (const char of toText(text)) {
    if (/[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(char)) clean += ' ';
    else if (isPrintable(char.codePointAt(0) ?? 0)) clean += char;
  }
  return fromText(clean);
}

function invalid(message: string): GoError {
  return new GoError(`validation: ${message}`);
}
