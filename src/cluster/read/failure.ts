/** What the API server's refusals mean to a person. Decided by status and reason codes, never by its sentences. */
import type { Path, Step } from '../../plan/path.ts';
import { Problem } from '../../problem.ts';
import type { Json } from '../../resource/resource.ts';
import { isList, isObject, valueAt } from '../../resource/resource.ts';

/** An answer of the server, whatever its status. `body` is the parsed JSON, or the text where it was none. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
  /** The server's clock, in milliseconds; undefined where the answer does not tell. */
  readonly at?: number;
  /** An earlier try of the same write, or this one, may have been handled without its answer being seen. */
  readonly unsettled?: boolean;
}

/** The cause of a problem with a write that the server may have done. */
export class Unsettled extends Error {
  constructor(cause: unknown) {
    super('the answer was lost', { cause });
    this.name = 'Unsettled';
  }
}

/** Whether the server may have done what was asked although it did not say so. */
export function mayHaveHappened(problem: Problem): boolean {
  return problem.cause instanceof Unsettled;
}

/** What a request was about, in the words of Kubernetes' own access rules. */
export interface Doing {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  /** `deployments.apps`, `configmaps`. */
  readonly resource: string;
  /** '' for cluster-scoped. */
  readonly namespace: string;
  /** '' where the request is not about one object. */
  readonly name: string;
  /** The object as people write it, or the resource. */
  readonly object: string;
  /** Who asks and where, for messages: `user of context "prod"`. */
  readonly login: string;
  /** A server message about a Secret can quote the value it did not like. */
  readonly isSecret: boolean;
  /** Template file that the object was rendered from. */
  readonly source?: string | undefined;
  /** Where a field of the object comes from, where that is known. */
  readonly origin?: ((path: Path) => string | undefined) | undefined;
}

/** `details.causes[].reason` codes of an answer. */
export function causeReasons(answer: Answer): readonly string[] {
  const causes = valueAt(answer.body, ['details', 'causes']);
  if (!isList(causes)) return [];
  return causes.flatMap((cause) => (isObject(cause) && typeof cause['reason'] === 'string' ? [cause['reason']] : []));
}

/** Whether the answer says that this one object is not there; a missing namespace or kind is another matter. */
export function isObjectMissing(answer: Answer, doing: Doing): boolean {
  if (answer.status !== 404 || !isObject(answer.body)) return false;
  const name = valueAt(answer.body, ['details', 'name']);
  const kind = valueAt(answer.body, ['details', 'kind']);
  return name === doing.name && (kind !== 'namespaces' || doing.resource === 'namespaces');
}

/** The problem that a refusal is. Only for answers of 400 and above. */
export function problemOf(answer: Answer, doing: Doing): Problem {
  const at = doing.namespace === '' ? '' : ` in namespace ${doing.namespace}`;
  const common = { where: doing.source, excerpt: excerptOf(answer, doing) };
  switch (answer.status) {
    case 401:
      return new Problem({
        reason: 'unauthenticated',
        message: `the API server does not know the ${doing.login} (401)`,
        hint: 'The token is wrong, expired or of another cluster. Renew the login that KUBECONFIG holds.',
      });
    case 403:
      if (causeReasons(answer).includes('NamespaceTerminating')) {
        return new Problem({
          ...common,
          reason: 'rejected',
          message: `namespace ${doing.namespace} is being deleted, so ${doing.object} cannot be made there`,
          hint: 'Wait until it is gone, then run again.',
        });
      }
      return new Problem({
        ...common,
        reason: 'forbidden',
        message: `the ${doing.login} may not ${doing.verb} ${doing.resource}${at} (${doing.object})`,
        hint: 'Grant that verb (pushgate rbac prints all that the releases need), or look at the admission policy that the message names.',
      });
    case 404:
      return missing(answer, doing);
    case 409:
      return conflictOf(answer, doing);
    case 413:
    case 422:
    case 400:
      return rejected(answer, doing);
    default:
      // A patch that does not fit the schema is answered with 500: the manifest's fault, and trying again is useless.
      if (answer.status === 500 && isMistypedPatch(answer)) return rejected(answer, doing);
      return new Problem({
        ...common,
        reason: 'unreachable',
        message: `the API server answered ${answer.status} to ${doing.verb} of ${doing.object}${at}`,
        hint: 'This is a fault of the server or of something before it. Try again, and look at its logs.',
        ...(answer.unsettled === true ? { cause: new Unsettled(undefined) } : {}),
      });
  }
}

/** The one refusal that has no code of its own: server-side apply answers it as an internal error. */
export function isMistypedPatch(answer: Answer): boolean {
  const message = valueAt(answer.body, ['message']);
  return (
    answer.status === 500 && typeof message === 'string' && message.startsWith('failed to create typed patch object')
  );
}

class RoleMissing extends Error {}

/** Whether a binding was refused because the role that it refers to is not there. */
export function isRoleMissing(problem: Problem): boolean {
  return problem.cause instanceof RoleMissing;
}

function missing(answer: Answer, doing: Doing): Problem {
  // An apply makes what is not there, so what is missing is the role; the answer names the binding for it.
  const isWrite = doing.verb === 'patch' || doing.verb === 'create';
  if (isWrite && /^(cluster)?rolebindings\./.test(doing.resource) && isObjectMissing(answer, doing)) {
    return new Problem({
      reason: 'rejected',
      where: doing.source,
      message: `${doing.object} cannot be made: the role that it refers to is not there`,
      hint: 'Render that role with the release, or apply first what brings it.',
      cause: new RoleMissing(),
    });
  }
  if (valueAt(answer.body, ['details', 'kind']) === 'namespaces' && doing.resource !== 'namespaces') {
    return new Problem({
      reason: 'rejected',
      where: doing.source,
      message: `${doing.object} cannot be made: namespace ${doing.namespace} does not exist`,
      hint: `Render a Namespace with the release, or make it once: kubectl create namespace ${doing.namespace}.`,
    });
  }
  if (!isObject(answer.body)) return unknownKind(doing.object, doing.source);
  return new Problem({
    reason: 'conflict',
    where: doing.source,
    message: `${doing.object} is no longer there`,
    hint: 'Somebody deleted it meanwhile. Plan again.',
  });
}

/** The server does not serve this kind in this version. `object` as people write it. */
export function unknownKind(object: string, source: string | undefined): Problem {
  return new Problem({
    reason: 'rejected',
    where: source,
    message: `the cluster has no such kind: ${object}`,
    hint: 'Is its CustomResourceDefinition installed, and in this version? A release that brings it must come before.',
  });
}

function conflictOf(answer: Answer, doing: Doing): Problem {
  return new Problem({
    reason: 'conflict',
    where: doing.source,
    message: `${doing.object} was changed by somebody else since it was read`,
    excerpt: excerptOf(answer, doing),
    hint: 'It was not written. Plan again to see what moved.',
  });
}

function rejected(answer: Answer, doing: Doing): Problem {
  return new Problem({
    reason: 'rejected',
    where: doing.source,
    message: `the API server does not accept ${doing.object}`,
    excerpt: [excerptOf(answer, doing), ...origins(answer, doing)].filter((line) => line !== undefined).join('\n'),
    hint: 'Correct the template or the values that it is rendered from.',
  });
}

/** The template and values lines of the fields that the server names, as `details.causes` or in its message do. */
function origins(answer: Answer, { origin }: Doing): readonly string[] {
  if (origin === undefined) return [];
  const causes = valueAt(answer.body, ['details', 'causes']);
  const named = isList(causes) ? causes.map((cause) => valueAt(cause, ['field'])) : [];
  const message = valueAt(answer.body, ['message']);
  const mistyped = typeof message === 'string' ? /: (\.[^\s:]+): /.exec(message)?.[1] : undefined;
  const fields = [...named, mistyped].filter((field): field is string => typeof field === 'string' && field !== '');
  return [...new Set(fields)].flatMap((field) => {
    const from = origin(stepsOf(field));
    return from === undefined ? [] : [`${field.replace(/^\./, '')} comes from ${from}`];
  });
}

/** `spec.containers[0].image`, and `.spec.containers[name="web"].image` as server-side apply writes it. */
function stepsOf(field: string): Path {
  const parts = field.matchAll(/\[(\w+)="([^"]*)"[^\]]*\]|\[(\d+)\]|([^.[\]]+)/g);
  return [...parts].map(([, by, is, index, key]): Step => {
    if (by !== undefined && is !== undefined) return { by, is };
    return index === undefined ? (key ?? '') : Number(index);
  });
}

function excerptOf(answer: Answer, doing: Doing): string | undefined {
  if (doing.isSecret) return "the server's own words are left out, because they can quote the value of a Secret";
  const message = isObject(answer.body) ? answer.body['message'] : answer.body;
  return typeof message === 'string' && message !== '' ? message.trim().slice(0, 2000) : undefined;
}
