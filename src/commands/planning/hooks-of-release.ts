/** Which rendered objects are kept applied, and which are hooks that run at moments of an apply. */
import type { RenderedHook } from '../../cluster/read/hook-facts.ts';
import type { Rendered, RenderedObject } from '../../render/rendered.ts';
import { argoHookOf } from '../../resource/hook.ts';
import { isObject, type JsonObject, keyId, keyOf, type Resource } from '../../resource/resource.ts';
import { isResource } from '../../resource/scope.ts';
import { readYamlDocuments } from '../../yaml/index.ts';
import type { Place } from '../state/state.ts';

/** In Git hooks are files like all others; in a cluster they are run. */
export function keptObjects({ objects, hooks }: Rendered, place: Place): readonly RenderedObject[] {
  if (place.kind !== 'cluster') return [...objects, ...hooks];
  return objects.filter(({ resource }) => argoHookOf(resource) === undefined);
}

/**
 * Helm's hooks and Argo CD's; `bound` has the values that are bound at an apply. A hook of Helm's is found there by its
 * place, because charts draw parts of their names.
 */
export function hooksOf(shown: Rendered, bound: Rendered): readonly RenderedHook[] {
  const values = new Map(bound.objects.map(({ resource }) => [keyId(keyOf(resource)), resource]));
  const own = shown.objects.flatMap(({ resource, source }): RenderedHook[] => {
    const rules = argoHookOf(resource);
    if (rules === undefined) return [];
    return [{ resource, source, rules, bound: values.get(keyId(keyOf(resource))) ?? resource }];
  });
  const helm = shown.hooks.map(({ resource, source, hook }, index) => {
    return { resource, source, rules: hook, bound: bound.hooks[index]?.resource ?? resource };
  });
  return [...helm, ...own];
}

/** The hooks of a revision in Helm's storage, values of Secrets included. */
export function hooksOfRevision(document: JsonObject): readonly RenderedHook[] {
  const hooks = document['hooks'];
  return (Array.isArray(hooks) ? (hooks as readonly unknown[]) : []).flatMap((hook) => {
    if (typeof hook !== 'object' || hook === null) return [];
    const { manifest, events, weight, delete_policies: policies, path } = hook as Readonly<Record<string, unknown>>;
    const [resource] = typeof manifest === 'string' ? objectsIn(manifest) : [];
    if (resource === undefined) return [];
    const rules = {
      events: texts(events),
      weight: typeof weight === 'number' ? weight : 0,
      deletePolicies: texts(policies),
    };
    return [{ resource, bound: resource, rules, source: typeof path === 'string' ? path : undefined }];
  });
}

/** The values of a revision in Helm's storage. */
export function configOf(document: JsonObject): JsonObject {
  const { config } = document;
  return isObject(config) ? config : {};
}

function objectsIn(manifest: string): readonly Resource[] {
  return [...readYamlDocuments(manifest)].flatMap(({ value }) =>
    isObject(value) && isResource(value) ? [value as Resource] : [],
  );
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
