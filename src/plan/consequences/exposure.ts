/** Who can reach what over the network, from outside the cluster and inside it. */
import { equal } from '../../resource/equal.ts';
import { isObject, type Json, type Resource, valueAt } from '../../resource/resource.ts';
import { added, type ConsequenceRule, isWorkload, listAt, named, podLabelsOf, selects, textAt } from './rule.ts';

export const exposureRules: readonly ConsequenceRule[] = [
  {
    name: 'a Service opens to the outside',
    kind: 'exposure',
    of: ({ key, before, after }) => {
      if (key.kind !== 'Service' || after === undefined || !isOpen(typeOf(after)) || typeOf(before) === typeOf(after))
        return [];
      const isInternal = Object.entries(valueAt(after, ['metadata', 'annotations']) ?? {}).some(
        ([name, value]) => /internal/.test(name) && /^(true|internal)$/i.test(String(value)),
      );
      return isInternal ? [] : [`reachable from outside the cluster (${typeOf(after)})`];
    },
  },
  {
    name: 'a Service closes to the outside',
    kind: 'outage',
    of: ({ key, before, after }) =>
      key.kind === 'Service' &&
      before !== undefined &&
      after !== undefined &&
      isOpen(typeOf(before)) &&
      !isOpen(typeOf(after))
        ? [`no longer reachable from outside the cluster (was ${typeOf(before)})`]
        : [],
  },
  {
    name: 'a load balancer lets in more addresses',
    kind: 'exposure',
    of: ({ key, before, after }) => {
      if (key.kind !== 'Service' || before === undefined || after === undefined || typeOf(after) !== 'LoadBalancer')
        return [];
      const ranges = (of: Resource) => listAt(of, ['spec', 'loadBalancerSourceRanges']).map(String);
      if (ranges(before).length > 0 && ranges(after).length === 0)
        return ['open to every address (loadBalancerSourceRanges is gone)'];
      const more = ranges(before).length === 0 ? [] : added(ranges(before), ranges(after));
      return more.length === 0 ? [] : [`open to ${named(more)}`];
    },
  },
  {
    name: 'ports of a Service go',
    kind: 'outage',
    of: ({ key, before, after }) => {
      if (key.kind !== 'Service' || before === undefined || after === undefined) return [];
      const ports = (of: Resource) =>
        listAt(of, ['spec', 'ports']).map((port) => `${textAt(port, ['port'])}/${textAt(port, ['protocol']) || 'TCP'}`);
      const gone = added(ports(after), ports(before));
      return gone.length === 0 ? [] : [`no longer answers on ${named(gone)}`];
    },
  },
  {
    name: 'a Service sends to other pods',
    kind: 'outage',
    of: ({ key, before, after, release }) => {
      if (key.kind !== 'Service' || before === undefined || after === undefined) return [];
      const selector = (of: Resource) => valueAt(of, ['spec', 'selector']) ?? null;
      if (equal(selector(before), selector(after))) return [];
      const isMatched = release.some((one) => selects(valueAt(after, ['spec', 'selector']), podLabelsOf(one)));
      return [
        isMatched ? 'sends to other pods from the moment it is written' : 'sends to no pod that this release makes',
      ];
    },
  },
  {
    name: 'pods leave the Service that sends to them',
    kind: 'outage',
    of: ({ key, before, after, release }) => {
      if (!isWorkload(key) || before === undefined || after === undefined) return [];
      const lost = release.filter((one) => {
        const selector = one.kind === 'Service' ? valueAt(one, ['spec', 'selector']) : undefined;
        return selects(selector, podLabelsOf(before)) && !selects(selector, podLabelsOf(after));
      });
      return lost.length === 0
        ? []
        : [`its pods no longer match Service ${named(lost.map(({ metadata }) => metadata.name))}`];
    },
  },
  {
    name: 'hosts are opened to the outside',
    kind: 'exposure',
    of: ({ before, after }) => {
      const opened = added(hostsOf(before), hostsOf(after));
      return opened.length === 0 ? [] : [`reachable from outside as ${named(opened)}`];
    },
  },
  {
    name: 'hosts are no longer served',
    kind: 'outage',
    of: ({ before, after }) => {
      const closed = after === undefined ? [] : added(hostsOf(after), hostsOf(before));
      return closed.length === 0 ? [] : [`no longer reachable as ${named(closed)}`];
    },
  },
  {
    name: 'hosts lose their encryption',
    kind: 'exposure',
    of: ({ key, before, after }) => {
      if (key.kind !== 'Ingress' || before === undefined || after === undefined) return [];
      const encrypted = (of: Resource) =>
        listAt(of, ['spec', 'tls']).flatMap((one) => listAt(one, ['hosts']).map(String));
      const lost = added(encrypted(after), encrypted(before)).filter((host) => hostsOf(after).includes(host));
      return lost.length === 0 ? [] : [`no longer encrypted: ${named(lost)}`];
    },
  },
  {
    name: 'a network policy is deleted',
    kind: 'exposure',
    of: ({ key, action }) =>
      key.kind === 'NetworkPolicy' && action === 'delete' ? ['lets through all that only it kept from these pods'] : [],
  },
  {
    name: 'a network policy lets in more',
    kind: 'exposure',
    of: ({ key, before, after }) => {
      if (key.kind !== 'NetworkPolicy' || before === undefined || after === undefined) return [];
      const known = listAt(before, ['spec', 'ingress']);
      const more = listAt(after, ['spec', 'ingress']).filter((rule) => !known.some((one) => equal(one, rule)));
      if (more.length === 0) return [];
      const isAll = more.some((rule) => listAt(rule, ['from']).length === 0);
      return [
        isAll
          ? 'lets everybody in who can reach the pods'
          : `lets in ${named(more.flatMap((rule) => listAt(rule, ['from']).map(peerWords)))}`,
      ];
    },
  },
];

function typeOf(service: Resource | undefined): string {
  return service === undefined ? '' : textAt(service, ['spec', 'type']) || 'ClusterIP';
}

function isOpen(type: string): boolean {
  return type === 'LoadBalancer' || type === 'NodePort';
}

/** Names under which the outside reaches something, by Ingress or Gateway API; `*` for any. */
function hostsOf(resource: Resource | undefined): readonly string[] {
  switch (resource?.kind) {
    case 'Ingress': {
      const hosts = listAt(resource, ['spec', 'rules']).map((rule) => textAt(rule, ['host']) || 'any host');
      return valueAt(resource, ['spec', 'defaultBackend']) === undefined ? hosts : [...hosts, 'any host'];
    }
    case 'Gateway':
      return listAt(resource, ['spec', 'listeners']).map(
        (one) => `${textAt(one, ['hostname']) || 'any host'} on port ${textAt(one, ['port'])}`,
      );
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TLSRoute': {
      const hosts = listAt(resource, ['spec', 'hostnames']).map(String);
      return hosts.length === 0 ? ['every host of its gateway'] : hosts;
    }
    default:
      return [];
  }
}

function peerWords(peer: Json): string {
  const cidr = textAt(peer, ['ipBlock', 'cidr']);
  if (cidr !== '') return cidr;
  const words = [
    ['pods', valueAt(peer, ['podSelector', 'matchLabels'])],
    ['namespaces', valueAt(peer, ['namespaceSelector', 'matchLabels'])],
  ] as const;
  const labels = (value: Json | undefined): string =>
    isObject(value)
      ? Object.entries(value)
          .map(([key, label]) => `${key}=${String(label)}`)
          .join(',')
      : '';
  return (
    words
      .filter(([, value]) => value !== undefined)
      .map(([what, value]) => `${what} ${labels(value)}`)
      .join(' in ') || 'pods of chosen namespaces'
  );
}
