/** Who a login is to the API server, as access rules name it and as admission sees it. */
import type { JsonObject } from '../resource.ts';

export type Subject =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'serviceaccount'; readonly namespace: string; readonly name: string };

/** No quotes and no backslash: the name stands in a policy's expression. */
const plainName = /^[\w.:@/+=~-]+$/;

/** `group:NAME`, `user:NAME` or `serviceaccount:NAMESPACE/NAME`; undefined for anything else. */
export function parseSubject(text: string): Subject | undefined {
  const [, kind, rest = ''] = /^(group|user|serviceaccount):(.*)$/s.exec(text) ?? [];
  if (!plainName.test(rest)) return undefined;
  if (kind === 'group' || kind === 'user') return { kind, name: rest };
  const [, namespace, name] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(rest) ?? [];
  return kind === undefined || namespace === undefined || name === undefined
    ? undefined
    : { kind: 'serviceaccount', namespace, name };
}

export function formatSubject(subject: Subject): string {
  return subject.kind === 'serviceaccount'
    ? `serviceaccount:${subject.namespace}/${subject.name}`
    : `${subject.kind}:${subject.name}`;
}

/** As `subjects` of a binding has it. */
export function bindingSubject(subject: Subject): JsonObject {
  if (subject.kind === 'serviceaccount') {
    return { kind: 'ServiceAccount', namespace: subject.namespace, name: subject.name };
  }
  return {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: subject.kind === 'group' ? 'Group' : 'User',
    name: subject.name,
  };
}

/** The CEL expression that is true for requests of this subject. */
export function requestIsFrom(subject: Subject): string {
  if (subject.kind === 'group') {
    return `has(request.userInfo.groups) && '${subject.name}' in request.userInfo.groups`;
  }
  const name = subject.kind === 'user' ? subject.name : `system:serviceaccount:${subject.namespace}:${subject.name}`;
  return `has(request.userInfo.username) && request.userInfo.username == '${name}'`;
}
