/**
 * The least that a planner and an applier need for what releases consist of: explicit kinds, namespaces and verbs, never
 * a `*`. Plain objects in the order in which they can be created, each with a sentence on why it is there.
 */
import { createHash } from 'node:crypto';
import type { JsonObject, Resource } from '../resource.ts';
import { groupOf, isList, isObject, type Json, valueAt } from '../resource.ts';
import { isPinnable, pinOf } from './pin.ts';
import { bindingSubject, formatSubject, type Subject } from './subject.ts';

/** A kind in a namespace; '' for cluster-scoped kinds. */
export interface KindPlace {
  readonly group: string;
  readonly kind: string;
  /** Plural, as in paths: `deployments`. */
  readonly resource: string;
  readonly namespace: string;
  /** Of cluster-scoped objects: the ones that are meant. */
  readonly names?: readonly string[];
}

export interface AccessInput {
  /** Part of every name, so that two environments of one cluster do not take each other's rights. */
  readonly environment: string;
  readonly planner: Subject;
  readonly applier: Subject;
  /** Namespaces of the releases: their records and locks lie there. */
  readonly homes: readonly string[];
  /** `cluster`: the rights hold in every namespace, for releases that come and go with theirs. */
  readonly scope: 'namespaces' | 'cluster';
  readonly kinds: readonly KindPlace[];
  /** Rendered roles and bindings: nobody may hand out rights that they do not hold. */
  readonly roles: readonly Resource[];
  /** API groups that another server answers. */
  readonly aggregated: ReadonlySet<string>;
  /** Whether the planner may try Secrets: its answers never hold values, but its rights could read them. */
  readonly secrets: 'try' | 'leave';
}

export interface AccessObject {
  readonly about: string;
  readonly object: Resource;
}

const read = ['get', 'list'];
const tryVerbs = [...read, 'patch', 'create'];
const writeVerbs = [...tryVerbs, 'watch', 'delete'];

const rbacGroup = 'rbac.authorization.k8s.io';

interface Rule {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly names?: readonly string[];
}

/** What health, drift and the words of a failure are read from. */
const observed: readonly Rule[] = [
  { groups: [''], resources: ['pods', 'events'], verbs: read },
  { groups: ['apps'], resources: ['replicasets'], verbs: read },
  { groups: ['batch'], resources: ['jobs'], verbs: read },
];

/** A namespace's own object may be read through a role inside it. */
const ownNamespace: Rule = { groups: [''], resources: ['namespaces'], verbs: ['get'] };

/** Everything to apply once, planner first. */
export function accessObjects(input: AccessInput): readonly AccessObject[] {
  const planner = nameOf('planner', input);
  const [policy, binding] = pinOf(planner, input.planner);
  return [
    ...accounts(input),
    ...(policy === undefined ? [] : [{ about: pinAbout, object: policy }]),
    ...(binding === undefined ? [] : [{ about: 'Puts the policy above into force.', object: binding }]),
    ...rolesOf('planner', input),
    ...rolesOf('applier', input),
  ];
}

const pinAbout = [
  'Refuses every real write of the planner, whatever roles give it. Its limits: it is not asked about admission',
  'policies and their bindings, nor about kinds that an aggregated API server answers, so the planner may only read',
  'those; and it needs Kubernetes 1.30. A dry run still answers with whole objects: who may plan may read them.',
].join('\n');

export function nameOf(who: 'planner' | 'applier', { environment }: Pick<AccessInput, 'environment'>): string {
  const plain = environment.toLowerCase().replace(/[^a-z0-9.-]/g, '-');
  // Two environments must not share one policy: the second would unpin the first one's planner.
  const mark = plain === environment ? '' : `-${createHash('sha256').update(environment).digest('hex').slice(0, 8)}`;
  return `pushgate-${who}-${plain}${mark}`;
}

function accounts({ planner, applier }: AccessInput): readonly AccessObject[] {
  return [planner, applier].flatMap((subject) => {
    if (subject.kind !== 'serviceaccount') return [];
    const { namespace, name } = subject;
    return {
      about: `The account behind ${formatSubject(subject)}.`,
      object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    };
  });
}

function rolesOf(who: 'planner' | 'applier', input: AccessInput): readonly AccessObject[] {
  const name = nameOf(who, input);
  const rulesAt = who === 'planner' ? plannerRules : applierRules;
  const namespaces =
    input.scope === 'cluster'
      ? []
      : [...new Set([...input.homes, ...input.kinds.map(({ namespace }) => namespace)])].filter((one) => one !== '');
  const wide = input.scope === 'cluster' ? [...rulesAt(input, undefined), ...rulesAt(input, '')] : rulesAt(input, '');
  const subject = input[who];
  const where = input.scope === 'cluster' ? 'In every namespace, and for cluster-scoped kinds' : 'Cluster-scoped kinds';
  return [
    ...(wide.length === 0
      ? []
      : bound({ name, namespace: '', rules: wide, subject, about: `${where}: what the ${who} may do.` })),
    ...namespaces.sort().flatMap((namespace) =>
      bound({
        name,
        namespace,
        rules: rulesAt(input, namespace),
        subject,
        about: `In ${namespace}: what the ${who} may do.`,
      }),
    ),
  ];
}

function isHome(input: AccessInput, namespace: string | undefined): boolean {
  return namespace === undefined || input.homes.includes(namespace);
}

/** `undefined` stands for all namespaces at once, '' for what lives in none. */
function kindsAt(input: AccessInput, namespace: string | undefined): readonly KindPlace[] {
  return input.kinds.filter((kind) => (namespace === undefined ? kind.namespace !== '' : kind.namespace === namespace));
}

function plannerRules(input: AccessInput, namespace: string | undefined): readonly JsonObject[] {
  const kinds = kindsAt(input, namespace).filter((kind) => input.secrets === 'try' || !isSecret(kind));
  const rules: Rule[] = kinds.map((kind) => ({
    groups: [kind.group],
    resources: [kind.resource],
    verbs: isPinnable(kind, input.aggregated) ? tryVerbs : read,
  }));
  if (namespace !== '') {
    if (kindsAt(input, namespace).some(mayMakePods)) rules.push(...observed);
    // Parents are ConfigMaps, and so is what the canary of each plan tries to write.
    if (isHome(input, namespace)) {
      rules.push({ groups: [''], resources: ['configmaps'], verbs: [...read, 'patch'] }, ownNamespace);
    }
  }
  return formatRules(rules);
}

function applierRules(input: AccessInput, namespace: string | undefined): readonly JsonObject[] {
  const rules: Rule[] = kindsAt(input, namespace).flatMap((kind) => writeRules(kind, input.scope));
  if (namespace !== '' && kindsAt(input, namespace).some(mayMakePods)) {
    rules.push(...observed.map((rule) => ({ ...rule, verbs: [...rule.verbs, 'watch'] })));
    rules.push({ groups: [''], resources: ['pods/log'], verbs: ['get'] });
  }
  if (namespace !== '') {
    if (isHome(input, namespace)) {
      rules.push(
        { groups: [''], resources: ['configmaps', 'secrets'], verbs: writeVerbs },
        { groups: ['coordination.k8s.io'], resources: ['leases'], verbs: writeVerbs },
        ownNamespace,
      );
    }
  }
  return [...formatRules([...rules, ...bindRules(input, namespace)]), ...handedOut(input, namespace)];
}

/** Whoever may change or delete any namespace, definition or role of a cluster owns it, so these are named one by one. */
function writeRules({ group, resource, names }: KindPlace, scope: AccessInput['scope']): readonly Rule[] {
  const one = { groups: [group], resources: [resource] };
  if (names === undefined || scope === 'cluster') return [{ ...one, verbs: writeVerbs }];
  const byName = ['patch', 'delete'];
  return [
    { ...one, verbs: writeVerbs.filter((verb) => !byName.includes(verb)) },
    { ...one, verbs: byName, names },
  ];
}

/** Kinds that no pods come of, by whatever controller: where there is nothing else, nobody has to read pods and logs. */
const inert = new Set([
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'NetworkPolicy',
  'LimitRange',
  'ResourceQuota',
]);

function mayMakePods({ kind }: KindPlace): boolean {
  return !inert.has(kind);
}

/** The rights that rendered roles hand out: whoever writes a role has to hold what it gives. */
function handedOut({ roles }: AccessInput, namespace: string | undefined): readonly JsonObject[] {
  return roles
    .filter((role) =>
      namespace === undefined ? role.kind === 'Role' : role.kind === (namespace === '' ? 'ClusterRole' : 'Role'),
    )
    .filter((role) => !namespace || role.metadata['namespace'] === namespace)
    .flatMap((role) => (isList(role['rules']) ? role['rules'].filter(isObject) : []));
}

/** Binding a role that the plan does not bring needs the right to bind that one role. */
function bindRules({ roles }: AccessInput, namespace: string | undefined): readonly Rule[] {
  const brought = new Set(roles.map((role) => `${role.kind}/${role.metadata.name}`));
  const names = new Map<string, Set<string>>();
  for (const binding of roles) {
    const kind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
    if (binding.kind !== kind || (namespace && binding.metadata['namespace'] !== namespace)) continue;
    const [refKind, name] = [text(valueAt(binding, ['roleRef', 'kind'])), text(valueAt(binding, ['roleRef', 'name']))];
    if (brought.has(`${refKind}/${name}`)) continue;
    const resource = refKind === 'Role' ? 'roles' : 'clusterroles';
    names.set(resource, (names.get(resource) ?? new Set()).add(name));
  }
  return [...names].map(([resource, bound]) => ({
    groups: [rbacGroup],
    resources: [resource],
    verbs: ['bind'],
    names: [...bound].sort(),
  }));
}

/** One rule per group and set of verbs; a resource that several rules name gets all their verbs. */
function formatRules(rules: readonly Rule[]): readonly JsonObject[] {
  const named = rules.filter(({ names }) => names !== undefined);
  const verbsOf = new Map<string, Set<string>>();
  for (const { groups, resources, verbs, names } of rules) {
    if (names !== undefined) continue;
    for (const group of groups) {
      for (const resource of resources) {
        const id = `${group} ${resource}`;
        verbsOf.set(id, new Set([...(verbsOf.get(id) ?? []), ...verbs]));
      }
    }
  }
  const merged = new Map<string, { group: string; resources: string[]; verbs: readonly string[] }>();
  for (const [id, verbs] of verbsOf) {
    const [group = '', resource = ''] = id.split(' ');
    const sorted = verbOrder.filter((verb) => verbs.has(verb));
    const same = merged.get(`${group} ${sorted}`) ?? { group, resources: [], verbs: sorted };
    same.resources.push(resource);
    merged.set(`${group} ${sorted}`, same);
  }
  return [
    ...[...merged.values()].map(({ group, resources, verbs }) => ({
      apiGroups: [group],
      resources: resources.sort(),
      verbs,
    })),
    ...named.map(({ groups, resources, verbs, names = [] }) => ({
      apiGroups: groups,
      resources,
      resourceNames: names,
      verbs,
    })),
  ];
}

const verbOrder = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

interface Bound {
  readonly name: string;
  /** '' for a ClusterRole. */
  readonly namespace: string;
  readonly rules: readonly JsonObject[];
  readonly subject: Subject;
  readonly about: string;
}

function bound({ name, namespace, rules, subject, about }: Bound): readonly AccessObject[] {
  const kind = namespace === '' ? 'ClusterRole' : 'Role';
  const metadata = namespace === '' ? { name } : { name, namespace };
  return [
    { about, object: { apiVersion: `${rbacGroup}/v1`, kind, metadata, rules } },
    {
      about: `Given to ${formatSubject(subject)}.`,
      object: {
        apiVersion: `${rbacGroup}/v1`,
        kind: `${kind}Binding`,
        metadata,
        roleRef: { apiGroup: rbacGroup, kind, name },
        subjects: [bindingSubject(subject)],
      },
    },
  ];
}

/** Whether an object hands out rights, or says who has them. */
export function isAccessObject({ apiVersion }: Resource): boolean {
  return groupOf(apiVersion) === rbacGroup;
}

function isSecret({ group, kind }: KindPlace): boolean {
  return group === '' && kind === 'Secret';
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
