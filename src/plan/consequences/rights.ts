/** Rights that somebody gains: by roles and bindings, and by what a pod may reach of its node. */
import { isObject, type Json, type Resource, valueAt } from '../../resource/resource.ts';
import { added, type ConsequenceRule, listAt, named, podSpecOf, textAt } from './rule.ts';

const rbac = 'rbac.authorization.k8s.io';

export const rightsRules: readonly ConsequenceRule[] = [
  {
    name: 'a role allows more',
    kind: 'rights',
    of: ({ key, before, after }) => {
      if (key.group !== rbac || key.kind.endsWith('Binding') || after === undefined) return [];
      const held = rightsOf(before);
      const gained = rightsOf(after).filter((right) => !held.some((other) => covers(other, right)));
      if (gained.length === 0) return [];
      const widest = gained.filter(({ verb, resource }) => verb === '*' || resource === '*');
      const words = [...new Set((widest.length > 0 ? widest : gained).map(rightWords))];
      return [`widens rights${widest.length > 0 ? ' with a wildcard' : ''}: may ${named(words)}`];
    },
  },
  {
    name: 'a role collects the rights of others',
    kind: 'rights',
    of: ({ key, before, after }) =>
      key.group === rbac &&
      valueAt(before, ['aggregationRule']) === undefined &&
      valueAt(after, ['aggregationRule']) !== undefined
        ? ['takes on the rules of every role with its labels, also of ones made later']
        : [],
  },
  {
    name: 'somebody is bound to a role',
    kind: 'rights',
    of: ({ key, before, after }) => {
      if (key.group !== rbac || !key.kind.endsWith('Binding') || after === undefined) return [];
      const role = textAt(after, ['roleRef', 'name']);
      const isSame = role === textAt(before, ['roleRef', 'name']);
      const gained = added(isSame ? subjectsOf(before) : [], subjectsOf(after));
      if (gained.length === 0) return [];
      const where = key.kind === 'ClusterRoleBinding' ? ' in the whole cluster' : '';
      const what = role === 'cluster-admin' ? 'every right (cluster-admin)' : `the rights of ${role}`;
      return [`grants ${named(gained)} ${what}${where}`];
    },
  },
  {
    name: 'a pod reaches beyond itself',
    kind: 'rights',
    of: ({ before, after }) => {
      const gained = added(privilegesOf(before), privilegesOf(after));
      return gained.length === 0 ? [] : [`gains ${named(gained)}`];
    },
  },
  {
    name: 'a pod gives up a restriction',
    kind: 'rights',
    of: ({ before, after }) => {
      if (before === undefined || after === undefined) return [];
      const lost = added(restrictionsOf(after), restrictionsOf(before, containerNames(after)));
      return lost.length === 0 ? [] : [`gives up ${named(lost)}`];
    },
  },
  {
    name: 'a pod runs as another account',
    kind: 'rights',
    of: ({ before, after }) => {
      if (podSpecOf(before) === undefined || podSpecOf(after) === undefined) return [];
      const account = (of: Resource | undefined) => textAt(podSpecOf(of), ['serviceAccountName']) || 'default';
      return account(before) === account(after)
        ? []
        : [`runs with the rights of ServiceAccount ${account(after)} (was ${account(before)})`];
    },
  },
  {
    name: 'a namespace allows its pods more',
    kind: 'rights',
    of: ({ key, before, after }) => {
      if (key.kind !== 'Namespace' || before === undefined || after === undefined) return [];
      const level = (of: Resource) =>
        textAt(of, ['metadata', 'labels', 'pod-security.kubernetes.io/enforce']) || 'privileged';
      const order = ['restricted', 'baseline', 'privileged'];
      return order.indexOf(level(after)) > order.indexOf(level(before))
        ? [`lets pods do more: Pod Security ${level(before)} → ${level(after)}`]
        : [];
    },
  },
  {
    name: 'a guard is deleted',
    kind: 'rights',
    of: ({ key, action }) =>
      action === 'delete' &&
      ['ValidatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].includes(
        key.kind,
      )
        ? ['what it refused is allowed from then on']
        : [],
  },
];

/** One verb on one resource: what rules come down to, so that the same rights written another way are no change. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** '' for every name. */
  readonly name: string;
}

function rightsOf(role: Resource | undefined): readonly Right[] {
  return listAt(role, ['rules']).flatMap((rule) => {
    const texts = (field: string): readonly string[] => listAt(rule, [field]).map(String);
    const names = texts('resourceNames');
    const urls = texts('nonResourceURLs').flatMap((url) =>
      texts('verbs').map((verb) => ({ verb, group: '', resource: url, name: '' })),
    );
    return [
      ...urls,
      ...texts('verbs').flatMap((verb) =>
        texts('apiGroups').flatMap((group) =>
          texts('resources').flatMap((resource) =>
            (names.length === 0 ? [''] : names).map((name) => ({ verb, group, resource, name })),
          ),
        ),
      ),
    ];
  });
}

function covers(held: Right, wanted: Right): boolean {
  return (
    (held.verb === '*' || held.verb === wanted.verb) &&
    (held.group === '*' || held.group === wanted.group) &&
    (held.resource === '*' || held.resource === wanted.resource) &&
    (held.name === '' || held.name === wanted.name)
  );
}

function rightWords({ verb, group, resource, name }: Right): string {
  const what =
    resource === '*' ? `everything${group === '*' ? '' : ` of ${group === '' ? 'the core group' : group}`}` : resource;
  return `${verb === '*' ? 'do anything with' : verb} ${what}${name === '' ? '' : ` "${name}"`}`;
}

const everybody: Readonly<Record<string, string>> = {
  'system:authenticated': 'everybody who can log in',
  'system:unauthenticated': 'everybody, without a login',
  'system:anonymous': 'everybody, without a login',
  'system:serviceaccounts': 'every service account',
};

function subjectsOf(binding: Resource | undefined): readonly string[] {
  return listAt(binding, ['subjects']).map((subject) => {
    const name = textAt(subject, ['name']);
    const namespace = textAt(subject, ['namespace']);
    return everybody[name] ?? `${textAt(subject, ['kind'])} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  });
}

const hostFields = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'];

/** What lets a pod reach beyond itself: the fields that Pod Security's baseline profile forbids, and running as root. */
function privilegesOf(resource: Resource | undefined): readonly string[] {
  const spec = podSpecOf(resource);
  if (!isObject(spec)) return [];
  return [
    ...hostFields.filter((field) => spec[field] === true),
    ...listAt(spec, ['volumes']).flatMap((volume) => {
      const path = textAt(volume, ['hostPath', 'path']);
      return path === '' ? [] : [`hostPath ${path}`];
    }),
    ...(valueAt(spec, ['securityContext', 'runAsUser']) === 0 ? ['root (runAsUser: 0)'] : []),
    ...containersOf(spec).flatMap((container) => privilegesOfContainer(container)),
  ];
}

function privilegesOfContainer(container: Json): readonly string[] {
  const name = textAt(container, ['name']);
  const context = valueAt(container, ['securityContext']);
  const hostPorts = listAt(container, ['ports']).flatMap((port) => {
    const hostPort = textAt(port, ['hostPort']);
    return hostPort === '' || hostPort === '0' ? [] : [`hostPort ${hostPort} in ${name}`];
  });
  return [
    ...(valueAt(context, ['privileged']) === true ? [`privileged container ${name}`] : []),
    ...(valueAt(context, ['allowPrivilegeEscalation']) === true ? [`allowPrivilegeEscalation in ${name}`] : []),
    ...(valueAt(context, ['runAsUser']) === 0 ? [`root in ${name} (runAsUser: 0)`] : []),
    ...(textAt(context, ['seccompProfile', 'type']) === 'Unconfined'
      ? [`every system call in ${name} (seccomp Unconfined)`]
      : []),
    ...listAt(context, ['capabilities', 'add']).map((capability) => `capability ${String(capability)} in ${name}`),
    ...hostPorts,
  ];
}

/** What a pod denies itself; with `only` in containers of these names. */
function restrictionsOf(resource: Resource | undefined, only?: ReadonlySet<string>): readonly string[] {
  const spec = podSpecOf(resource);
  if (!isObject(spec)) return [];
  const ofContext = (context: Json | undefined, where: string): readonly string[] => [
    ...['runAsNonRoot', 'readOnlyRootFilesystem']
      .filter((field) => valueAt(context, [field]) === true)
      .map((field) => `${field}${where}`),
    ...(valueAt(context, ['allowPrivilegeEscalation']) === false ? [`allowPrivilegeEscalation: false${where}`] : []),
    ...(listAt(context, ['capabilities', 'drop']).includes('ALL') ? [`dropping all capabilities${where}`] : []),
  ];
  return [
    ...ofContext(spec['securityContext'], ''),
    ...containersOf(spec)
      .map((container) => ({ name: textAt(container, ['name']), context: valueAt(container, ['securityContext']) }))
      .filter(({ name }) => only === undefined || only.has(name))
      .flatMap(({ name, context }) => ofContext(context, ` in ${name}`)),
  ];
}

function containerNames(resource: Resource): ReadonlySet<string> {
  return new Set(containersOf(podSpecOf(resource) ?? {}).map((container) => textAt(container, ['name'])));
}

function containersOf(spec: Json): readonly Json[] {
  return [
    ...listAt(spec, ['initContainers']),
    ...listAt(spec, ['containers']),
    ...listAt(spec, ['ephemeralContainers']),
  ];
}
