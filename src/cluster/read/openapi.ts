/** The server's OpenAPI, one document per group and version; readable by every login, and asked for only when needed. */
import { type FieldType, type OpenApiDocument, typeOfKind, untyped } from '../../fields/schema.ts';
import { isObject, valueAt } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { KindInfo } from './discovery.ts';

/** Gives the types of a kind's fields; `untyped` where the server does not describe the kind. */
export type TypesOf = (info: KindInfo) => Promise<FieldType>;

/** Each document is asked for once, and its address before that. */
export function openApi(client: Client): TypesOf {
  let index: Promise<ReadonlyMap<string, string>> | undefined;
  const documents = new Map<string, Promise<OpenApiDocument | undefined>>();
  const types = new Map<string, FieldType>();
  return async (info) => {
    const id = `${info.apiVersion}/${info.kind}`;
    const known = types.get(id);
    if (known !== undefined) return known;
    index ??= readIndex(client);
    const path = (await index).get(groupPath(info));
    if (path !== undefined && !documents.has(path)) documents.set(path, readDocument(client, path));
    const document = path === undefined ? undefined : await documents.get(path);
    const version = info.apiVersion.slice(info.apiVersion.indexOf('/') + 1);
    const type =
      document === undefined
        ? untyped
        : (typeOfKind(document, { group: info.group, version, kind: info.kind }) ?? untyped);
    types.set(id, type);
    return type;
  };
}

function groupPath({ group, apiVersion }: KindInfo): string {
  return group === '' ? `api/${apiVersion}` : `apis/${apiVersion}`;
}

/** By group path, the address with the hash of the document's content. */
async function readIndex(client: Client): Promise<ReadonlyMap<string, string>> {
  const answer = await client.send({ method: 'GET', path: '/openapi/v3', repeatable: 'repeatable' });
  const paths = valueAt(answer.body, ['paths']);
  return new Map(
    Object.entries(isObject(paths) ? paths : {}).flatMap(([group, entry]) => {
      const address = valueAt(entry, ['serverRelativeURL']);
      return typeof address === 'string' ? [[group, address] as const] : [];
    }),
  );
}

async function readDocument(client: Client, path: string): Promise<OpenApiDocument | undefined> {
  const answer = await client.send({ method: 'GET', path, repeatable: 'repeatable' });
  return answer.status === 200 && isObject(answer.body) ? answer.body : undefined;
}
