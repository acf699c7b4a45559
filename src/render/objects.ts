/** Texts of YAML documents → Kubernetes objects, each with the place where it was written. */
import { Problem } from '../problem.ts';
import { withHookName } from '../resource/hook.ts';
import {
  formatKey,
  isList,
  isObject,
  type Json,
  type JsonObject,
  keyId,
  keyOf,
  type Resource,
} from '../resource/resource.ts';
import { builtInScope, definedScope, isResource, type Scope, withNamespace } from '../resource/scope.ts';
import { readYamlDocuments, YamlError } from '../yaml/index.ts';
import type { Hook, RenderedHook, RenderedObject, RenderedText } from './rendered.ts';
import { problemAt, yamlProblem } from './text.ts';

export interface ReadObjectsOptions {
  readonly texts: readonly RenderedText[];
  /** Namespace of namespaced objects that name none. */
  readonly namespace: string;
  readonly scope?: ((apiVersion: string, kind: string) => Scope | undefined) | undefined;
}

export interface ReadObjects {
  readonly objects: readonly RenderedObject[];
  readonly hooks: readonly RenderedHook[];
}

/** Throws Problem `invalid-object` where a document is no object, or an object stands there twice. */
export function readObjects(options: ReadObjectsOptions): ReadObjects {
  const found = options.texts.flatMap(foundIn);
  const defined = new Map(
    found.flatMap(({ resource }) => {
      const definition = definedScope(resource);
      return definition === undefined ? [] : [[`${definition.group}/${definition.kind}`, definition.scope] as const];
    }),
  );
  const placed = found.map((object) => {
    const { apiVersion, kind } = object.resource;
    const group = keyOf(object.resource).group;
    const scope =
      options.scope?.(apiVersion, kind) ?? builtInScope(apiVersion, kind) ?? defined.get(`${group}/${kind}`);
    return { ...object, resource: withNamespace(object.resource, scope, options.namespace) };
  });
  const objects = placed.filter(({ hook }) => hook === undefined);
  refuseDuplicates(objects);
  return {
    objects: objects.map(({ resource, source, origin, explain }) => ({ resource, source, origin, explain })),
    hooks: placed.flatMap(({ resource, source, origin, hook }) =>
      hook === undefined ? [] : [{ resource, source, origin, hook }],
    ),
  };
}

interface Found {
  readonly resource: Resource;
  readonly source: string;
  /** `file:line`, or how to find the document in what a template gave. */
  readonly place: string;
  readonly hook: Hook | undefined;
  readonly origin: RenderedObject['origin'];
  readonly explain: RenderedObject['explain'];
}

function foundIn(rendered: RenderedText): readonly Found[] {
  const documents = documentsOf(rendered);
  return documents.flatMap(({ value, line }, index) => {
    const place = rendered.verbatim ? `${rendered.source}:${line}` : `${rendered.source}, document ${index + 1}`;
    const items = itemsOf(value);
    // A path leads into the text's one document, so not into a list's items.
    const isAlone = documents.length === 1 && items.length === 1 && items[0] === value;
    const { origin, explain } = isAlone ? rendered : { origin: undefined, explain: undefined };
    return items.map((item) => {
      const { source, hook } = rendered;
      return { resource: resourceOf(withHookName(item, source), rendered, line), source, place, hook, origin, explain };
    });
  });
}

function documentsOf(rendered: RenderedText): readonly { readonly value: Json; readonly line: number }[] {
  try {
    return readYamlDocuments(rendered.text) as readonly { readonly value: Json; readonly line: number }[];
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw yamlProblem({
      error,
      file: rendered.source,
      text: rendered.text,
      reason: rendered.verbatim ? 'invalid-object' : 'render-failed',
      hint: rendered.verbatim ? undefined : outOfTemplate,
    });
  }
}

const outOfTemplate =
  'The line is one of what the template gave, not of the template itself: pushgate template prints it.';

/** A list of objects stands for its items, also inside of each other. */
function itemsOf(value: Json): readonly Json[] {
  if (!isObject(value)) return [value];
  const { kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !isList(items)) return [value];
  return items.flatMap(itemsOf);
}

function resourceOf(value: Json, rendered: RenderedText, line: number): Resource {
  if (isObject(value) && isResource(value)) return value;
  throw problemAt({
    reason: 'invalid-object',
    message: isObject(value)
      ? missingParts(value)
      : `a Kubernetes object must be a mapping, but this is ${typeName(value)}`,
    file: rendered.source,
    text: rendered.text,
    line,
    hint: rendered.verbatim ? undefined : outOfTemplate,
  });
}

function missingParts(value: JsonObject): string {
  const metadata = isObject(value['metadata']) ? value['metadata'] : {};
  const parts: readonly (readonly [string, Json | undefined])[] = [
    ['apiVersion', value['apiVersion']],
    ['kind', value['kind']],
    ['metadata.name', metadata['name']],
  ];
  const missing = parts.filter(([, part]) => typeof part !== 'string' || part === '').map(([name]) => name);
  const generated =
    typeof metadata['generateName'] === 'string'
      ? '; generateName gives a new name at every apply, so the object could never be found again'
      : '';
  return `this is not a Kubernetes object: ${missing.join(' and ')} must be text${generated}`;
}

function typeName(value: Json): string {
  if (isList(value)) return 'a list';
  return value === null ? 'empty' : typeof value === 'string' ? 'text' : `the ${typeof value} ${String(value)}`;
}

function refuseDuplicates(objects: readonly Found[]): void {
  const first = new Map<string, string>();
  for (const { resource, place } of objects) {
    const key = keyOf(resource);
    const before = first.get(keyId(key));
    if (before !== undefined) {
      throw new Problem({
        reason: 'invalid-object',
        message: `${formatKey(key)} stands here twice: in ${before} and in ${place}`,
        where: place,
        hint: 'Only one of them could be applied. Take one out, or give it another name.',
      });
    }
    first.set(keyId(key), place);
  }
}
