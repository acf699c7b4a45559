/**
 * Whether a login could write. It is tried with a real write that changes nothing: a server-side apply without a single
 * field, under a name of its own, to an object that exists with exactly the uid that was seen. Where it is let through
 * no trace stays, not even a new version; where it is refused the login is held by something, and a dry run of the same
 * tells by what.
 */
import type { JsonObject, Resource } from '../../resource/resource.ts';
import { isList, isObject, keyOf, valueAt } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { Answer } from './failure.ts';
import { isSecret, keyOfPlace, listFirst, metadataAccept, type ObjectPlace, pathOf } from './objects.ts';
import { configMapKind, type Parent } from './parent.ts';
import { applyContentType } from './predict.ts';
import { placeOf } from './prepare.ts';
import type { ClusterView } from './view.ts';

/** `enforced`: it cannot write. `advisory`: it can. `unavailable`: it could not be tried. */
export interface LoginGrade {
  readonly grade: 'enforced' | 'advisory' | 'unavailable';
  /** One sentence for people. */
  readonly text: string;
}

export interface CanaryOptions {
  /** Parents of the releases: objects that are there are known from them. */
  readonly parents: readonly Parent[];
  /** Where to look for an object to try on when there are no parents. */
  readonly namespaces: readonly string[];
}

/** An object that exists. */
interface Candidate {
  readonly place: ObjectPlace;
  readonly uid: string;
}

/** Two requests as a rule; a login that may write nothing at all costs a few more. */
export async function gradeLogin(view: ClusterView, options: CanaryOptions): Promise<LoginGrade> {
  const { client } = view;
  for (const candidate of await candidatesOf(view, options)) {
    const object = `${candidate.place.info.resource} in ${candidate.place.namespace}`;
    const real = await tryWrite(client, candidate, {});
    if (real.status < 300) {
      const text = `the ${client.login} can write to the cluster: a write of ${object} that changes nothing was accepted`;
      return { grade: 'advisory', text };
    }
    if (real.status !== 403) continue;
    const tried = await tryWrite(client, candidate, { dryRun: 'All' });
    if (tried.status < 300) {
      return { grade: 'enforced', text: `the ${client.login} can only try: a real write of ${object} was refused` };
    }
  }
  return await gradeByRules(client, options.namespaces);
}

async function tryWrite(
  client: Client,
  { place, uid }: Candidate,
  query: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { info, namespace, name } = place;
  return await client.send({
    method: 'PATCH',
    path: pathOf(place),
    query: { fieldManager: 'pushgate-canary', ...query },
    contentType: applyContentType,
    accept: metadataAccept,
    body: {
      apiVersion: info.apiVersion,
      kind: info.kind,
      metadata: { name, uid, ...(namespace === '' ? {} : { namespace }) },
    },
    repeatable: 'repeatable',
  });
}

async function candidatesOf(view: ClusterView, { parents, namespaces }: CanaryOptions): Promise<readonly Candidate[]> {
  const [first] = parents;
  const configMap = first === undefined ? await anyConfigMap(view.client, namespaces) : first.live;
  const namespace = configMap?.metadata['namespace'];
  const own =
    configMap === undefined || typeof namespace !== 'string'
      ? []
      : candidate({ info: configMapKind, namespace, name: configMap.metadata.name }, configMap.metadata['uid']);
  return [...own, ...parents.flatMap((parent) => recordedCandidates(view, parent))].slice(0, mostCandidates);
}

const mostCandidates = 6;

/** Every namespace of a real cluster has one: the certificate of its API server. */
async function anyConfigMap(client: Client, namespaces: readonly string[]): Promise<Resource | undefined> {
  for (const namespace of namespaces.slice(0, 3)) {
    const found = await listFirst(client, configMapKind, namespace);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One object of each recorded kind, for logins that may not even try ConfigMaps. */
function recordedCandidates({ discovery }: ClusterView, { state }: Parent): readonly Candidate[] {
  const kinds = new Set<string>();
  return state.objects.flatMap((object) => {
    const key = keyOf(object);
    const seal = state.seals[`${key.group}/${key.kind}/${key.namespace}/${key.name}`];
    if (kinds.has(`${key.group}/${key.kind}`) || seal === undefined) return [];
    if (discovery.find(object.apiVersion, object.kind) === undefined) return [];
    const place = placeOf(discovery, object, undefined);
    if (isSecret(place.info)) return [];
    kinds.add(`${key.group}/${key.kind}`);
    return candidate(place, seal.uid);
  });
}

function candidate(place: ObjectPlace, uid: unknown): readonly Candidate[] {
  return typeof uid === 'string' && uid !== '' && keyOfPlace(place).name !== '' ? [{ place, uid }] : [];
}

const readVerbs = new Set(['get', 'list', 'watch']);
/** Asking what one may do is a POST, and changes nothing. */
const askingGroups = new Set(['authorization.k8s.io', 'authentication.k8s.io']);

/** Nothing could be tried: what the server says of the login's rights is all there is. */
async function gradeByRules(client: Client, namespaces: readonly string[]): Promise<LoginGrade> {
  const unknown = (why: string): LoginGrade => ({
    grade: 'unavailable',
    text: `whether the ${client.login} can write is not known: ${why}`,
  });
  const [namespace] = namespaces;
  if (namespace === undefined) return unknown('no release names a namespace to ask about');
  const answer = await ask(client, 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { namespace });
  const rules = valueAt(answer.body, ['status', 'resourceRules']);
  if (answer.status >= 300 || !isList(rules) || valueAt(answer.body, ['status', 'incomplete']) === true) {
    return unknown('the server does not list its rights');
  }
  const writing = rules.filter(isObject).filter(mayWrite);
  if (writing.length === 0) {
    return { grade: 'enforced', text: `the ${client.login} may only read in ${namespace}` };
  }
  return unknown(`it has writing verbs in ${namespace}, and nothing that it may try them on is there yet`);
}

function mayWrite(rule: JsonObject): boolean {
  const verbs = isList(rule['verbs']) ? rule['verbs'] : [];
  const groups = isList(rule['apiGroups']) ? rule['apiGroups'] : [];
  const isAsking = groups.every((group) => typeof group === 'string' && askingGroups.has(group));
  return !isAsking && verbs.some((verb) => typeof verb !== 'string' || !readVerbs.has(verb));
}

/** Rights that no dry run bounds: whoever has one can do more than plan, whatever admission says. */
const dangerousRights = [
  { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', lets: 'become any service account' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec', lets: 'run commands in pods' },
  { verb: 'impersonate', group: '', resource: 'users', subresource: '', lets: 'act as anybody' },
  { verb: 'impersonate', group: '', resource: 'serviceaccounts', subresource: '', lets: 'act as any service account' },
  {
    verb: 'patch',
    group: 'admissionregistration.k8s.io',
    resource: 'validatingadmissionpolicies',
    subresource: '',
    lets: 'take away the policy that pins it',
  },
  {
    verb: 'patch',
    group: 'admissionregistration.k8s.io',
    resource: 'validatingadmissionpolicybindings',
    subresource: '',
    lets: 'take away the policy that pins it',
  },
  {
    verb: 'escalate',
    group: 'rbac.authorization.k8s.io',
    resource: 'roles',
    subresource: '',
    lets: 'give itself any right',
  },
  { verb: 'list', group: '', resource: 'secrets', subresource: '', lets: 'read every Secret' },
] as const;

export type DangerousRight = (typeof dangerousRights)[number];

/** Which of `dangerousRights` the login has in a namespace, for `doctor`. One question each; asking writes nothing. */
export async function dangerousRightsOf(client: Client, namespace: string): Promise<readonly DangerousRight[]> {
  const has = await Promise.all(dangerousRights.map((right) => isAllowed(client, { ...right, namespace, name: '' })));
  return dangerousRights.filter((_, index) => has[index] === true);
}

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether the server says that the login has a right; undefined where it does not say. */
export async function isAllowed(client: Client, right: Right): Promise<boolean | undefined> {
  const resourceAttributes = { ...right };
  const answer = await ask(client, 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', { resourceAttributes });
  const allowed = valueAt(answer.body, ['status', 'allowed']);
  return answer.status < 300 && typeof allowed === 'boolean' ? allowed : undefined;
}

async function ask(client: Client, resource: string, kind: string, spec: JsonObject): Promise<Answer> {
  return await client.send({
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/${resource}`,
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec },
    repeatable: 'repeatable',
  });
}
