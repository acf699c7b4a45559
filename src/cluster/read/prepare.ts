/** Rendered objects as they will be sent: in their place, with the marks of their release. */
import type { Json, JsonObject, Resource } from '../../resource/resource.ts';
import { annotationsOf, groupOf, isList, isObject, labelsOf, valueAt } from '../../resource/resource.ts';
import { withEncodedStringData } from '../../resource/secret.ts';
import type { Discovery, KindInfo } from './discovery.ts';
import { unknownKind } from './failure.ts';
import type { ObjectPlace } from './objects.ts';
import { applySetId, partOfLabel, type ReleasePlace } from './parent.ts';

export interface MarkedRelease extends ReleasePlace {
  /** `helm`: written as Helm would, so that Helm itself can take over in an emergency. */
  readonly marks: 'helm' | 'none';
}

/** Where an object lives. Throws `Problem` for a kind that the cluster does not serve. */
export function placeOf(discovery: Discovery, resource: Resource, source: string | undefined): ObjectPlace {
  const info = discovery.find(resource.apiVersion, resource.kind);
  if (info === undefined)
    throw unknownKind(`${resource.kind} (${resource.apiVersion}) of "${resource.metadata.name}"`, source);
  const { namespace } = resource.metadata;
  return {
    info,
    namespace: info.namespaced && typeof namespace === 'string' ? namespace : '',
    name: resource.metadata.name,
  };
}

/** Makes of rendered objects what will be sent: in their namespace, with the marks of their release. */
export function preparer(
  discovery: Discovery,
  release: MarkedRelease,
): (rendered: Resource, source: string | undefined) => Resource {
  const partOf = { [partOfLabel]: applySetId(release) };
  const isHelm = release.marks === 'helm';
  const helmLabels = isHelm ? { 'app.kubernetes.io/managed-by': 'Helm' } : {};
  const helmAnnotations = isHelm
    ? { 'meta.helm.sh/release-name': release.name, 'meta.helm.sh/release-namespace': release.namespace }
    : {};
  return (rendered, source) => {
    const { info } = placeOf(discovery, rendered, source);
    const resource = withEncodedStringData(rendered);
    const { namespace, ...metadata } = resource.metadata;
    const own = typeof namespace === 'string' && namespace !== '' ? namespace : release.namespace;
    const annotations = annotationsOf(resource);
    return {
      ...resource,
      metadata: {
        ...metadata,
        name: resource.metadata.name,
        ...(info.namespaced ? { namespace: own } : {}),
        labels: { ...labelsOf(resource), ...helmLabels, ...partOf },
        ...(isHelm || Object.keys(annotations).length > 0
          ? { annotations: { ...annotations, ...helmAnnotations } }
          : {}),
      },
    };
  };
}

/** The object without the marks that `prepare` gave it: as it was rendered, for Helm's record. */
export function withoutMarks(resource: Resource): Resource {
  const { labels: _labels, annotations: _annotations, ...metadata } = resource.metadata;
  const without = (marks: Readonly<Record<string, string>>, names: readonly string[]) =>
    Object.fromEntries(Object.entries(marks).filter(([name]) => !names.includes(name)));
  const labels = without(labelsOf(resource), [partOfLabel]);
  const annotations = without(annotationsOf(resource), helmAnnotations);
  return {
    ...resource,
    metadata: {
      ...metadata,
      name: resource.metadata.name,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  };
}

const helmAnnotations = ['meta.helm.sh/release-name', 'meta.helm.sh/release-namespace'];

/**
 * The discovery with the kinds that these objects define, as if they were served already: their objects cannot be tried
 * before the definition is there. Such kinds are `promised`.
 */
export function withDefinitions(discovery: Discovery, resources: readonly Resource[]): Discovery {
  const promised = new Map(
    resources
      .filter(
        (resource) => resource.kind === 'CustomResourceDefinition' && groupOf(resource.apiVersion) === definitions,
      )
      .flatMap(kindsDefinedBy)
      .map((info) => [`${info.apiVersion}/${info.kind}`, info]),
  );
  return {
    ...discovery,
    find: (apiVersion, kind) => discovery.find(apiVersion, kind) ?? promised.get(`${apiVersion}/${kind}`),
  };
}

const definitions = 'apiextensions.k8s.io';

function kindsDefinedBy(definition: Resource): readonly KindInfo[] {
  const versions = valueAt(definition, ['spec', 'versions']);
  const group = text(valueAt(definition, ['spec', 'group']));
  return (isList(versions) ? versions : []).filter(isObject).map((version: JsonObject) => ({
    apiVersion: `${group}/${text(version['name'])}`,
    group,
    kind: text(valueAt(definition, ['spec', 'names', 'kind'])),
    resource: text(valueAt(definition, ['spec', 'names', 'plural'])),
    namespaced: valueAt(definition, ['spec', 'scope']) === 'Namespaced',
    promised: true,
  }));
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
