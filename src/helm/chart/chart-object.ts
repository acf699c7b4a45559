import type { ByteString } from '../bytes.ts';
import type { Profile } from '../profile.ts';
import {
  dictOf,
  type Field,
  GoMap,
  GoPointer,
  GoSlice,
  GoStruct,
  type GoType,
  listOf,
  pointerType,
  sliceType,
  types,
  type Value,
} from '../value.ts';
import type { Chart, Dependency, Maintainer, Metadata } from './chart.ts';

/** `.Chart`: in Helm 4 a plain map with Go's field names, in Helm 3 the struct itself. */
export function chartObject(chart: Chart, profile: Profile): Value {
  return profile.major === 4 ? chartMap(chart) : chartStruct(chart);
}

function chartMap(chart: Chart): GoMap {
  const { metadata } = chart;
  return dictOf([
    ['Name', metadata.name],
    ['Home', metadata.home],
    ['Sources', listOf(metadata.sources ?? [])],
    ['Version', metadata.version],
    ['Description', metadata.description],
    ['Keywords', listOf(metadata.keywords ?? [])],
    ['Maintainers', listOf((metadata.maintainers ?? []).map((item) => (item === null ? null : maintainerMap(item))))],
    ['Icon', metadata.icon],
    ['APIVersion', metadata.apiVersion],
    ['Condition', metadata.condition],
    ['Tags', metadata.tags],
    ['AppVersion', metadata.appVersion],
    ['Deprecated', metadata.deprecated],
    ['Annotations', annotations(metadata)],
    ['KubeVersion', metadata.kubeVersion],
    ['Dependencies', listOf((metadata.dependencies ?? []).map((item) => (item === null ? null : dependencyMap(item))))],
    ['Type', metadata.type],
    ['IsRoot', chart.parent === undefined],
  ]);
}

function maintainerMap(maintainer: Maintainer): GoMap {
  return dictOf([
    ['Name', maintainer.name],
    ['Email', maintainer.email],
    ['URL', maintainer.url],
  ]);
}

function dependencyMap(dependency: Dependency): GoMap {
  return dictOf([
    ['Name', dependency.name],
    ['Version', dependency.version],
    ['Repository', dependency.repository],
    ['Condition', dependency.condition],
    ['Tags', listOf(dependency.tags ?? [])],
    ['Enabled', dependency.enabled],
    ['ImportValues', listOf(dependency.importValues ?? [])],
    ['Alias', dependency.alias],
  ]);
}

const maintainerType: GoType = {
  kind: 'struct',
  name: 'chart.Maintainer',
  named: true,
  fields: [
    { name: 'Name', type: types.string, json: 'name,omitempty' },
    { name: 'Email', type: types.string, json: 'email,omitempty' },
    { name: 'URL', type: types.string, json: 'url,omitempty' },
  ],
};

const dependencyType: GoType = {
  kind: 'struct',
  name: 'chart.Dependency',
  named: true,
  fields: [
    { name: 'Name', type: types.string, json: 'name' },
    { name: 'Version', type: types.string, json: 'version,omitempty' },
    { name: 'Repository', type: types.string, json: 'repository' },
    { name: 'Condition', type: types.string, json: 'condition,omitempty' },
    { name: 'Tags', type: types.strings, json: 'tags,omitempty' },
    { name: 'Enabled', type: types.bool, json: 'enabled,omitempty' },
    { name: 'ImportValues', type: types.list, json: 'import-values,omitempty' },
    { name: 'Alias', type: types.string, json: 'alias,omitempty' },
  ],
};

const maintainerPointer = pointerType(maintainerType);
const dependencyPointer = pointerType(dependencyType);

const chartFields: readonly Field[] = [
  { name: 'Name', type: types.string, json: 'name,omitempty' },
  { name: 'Home', type: types.string, json: 'home,omitempty' },
  { name: 'Sources', type: types.strings, json: 'sources,omitempty' },
  { name: 'Version', type: types.string, json: 'version,omitempty' },
  { name: 'Description', type: types.string, json: 'description,omitempty' },
  { name: 'Keywords', type: types.strings, json: 'keywords,omitempty' },
  { name: 'Maintainers', type: sliceType(maintainerPointer), json: 'maintainers,omitempty' },
  { name: 'Icon', type: types.string, json: 'icon,omitempty' },
  { name: 'APIVersion', type: types.string, json: 'apiVersion,omitempty' },
  { name: 'Condition', type: types.string, json: 'condition,omitempty' },
  { name: 'Tags', type: types.string, json: 'tags,omitempty' },
  { name: 'AppVersion', type: types.string, json: 'appVersion,omitempty' },
  { name: 'Deprecated', type: types.bool, json: 'deprecated,omitempty' },
  { name: 'Annotations', type: types.stringMap, json: 'annotations,omitempty' },
  { name: 'KubeVersion', type: types.string, json: 'kubeVersion,omitempty' },
  { name: 'Dependencies', type: sliceType(dependencyPointer), json: 'dependencies,omitempty' },
  { name: 'Type', type: types.string, json: 'type,omitempty' },
  { name: 'IsRoot', type: types.bool },
];

/** Go embeds the metadata in an unnamed struct; its fields are promoted, so they lie side by side here. */
const chartType: GoType = {
  kind: 'struct',
  name: 'struct { chart.Metadata; IsRoot bool }',
  named: false,
  fields: chartFields,
};

/** What Helm 4 has in the map, but for the lists, which have types of their own in the struct. */
function chartStruct(chart: Chart): GoStruct {
  const { sources, keywords, maintainers, dependencies } = chart.metadata;
  return new GoStruct(
    chartType,
    new Map<string, Value>([
      ...chartMap(chart).entries,
      ['Sources', strings(sources)],
      ['Keywords', strings(keywords)],
      ['Maintainers', pointers(maintainers, maintainerPointer, maintainerFields)],
      ['Dependencies', pointers(dependencies, dependencyPointer, dependencyFields)],
    ]),
  );
}

function maintainerFields(maintainer: Maintainer): Map<string, Value> {
  return maintainerMap(maintainer).entries;
}

function dependencyFields(dependency: Dependency): Map<string, Value> {
  return new Map<string, Value>([
    ...dependencyMap(dependency).entries,
    ['Tags', strings(dependency.tags)],
    ['ImportValues', new GoSlice(types.list, dependency.importValues ?? [], dependency.importValues === undefined)],
  ]);
}

function pointers<T>(
  items: readonly (T | null)[] | undefined,
  pointer: GoType,
  fields: (item: T) => Map<string, Value>,
): GoSlice {
  const target = (item: T) => new GoStruct(pointer.elem ?? pointer, fields(item));
  const values = (items ?? []).map((item) => new GoPointer(pointer, item === null ? null : target(item)));
  return new GoSlice(sliceType(pointer), values, items === undefined);
}

function strings(items: readonly ByteString[] | undefined): GoSlice {
  return new GoSlice(types.strings, items ?? [], items === undefined);
}

function annotations(metadata: Metadata): GoMap {
  return new GoMap(types.stringMap, new Map(metadata.annotations ?? []), metadata.annotations === undefined);
}
