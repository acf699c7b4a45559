/**
 * Fields that the server never changes in place. Where losing the object for a moment is bearable it is replaced
 * (deleted and made anew), which the plan shows; everything else is refused with a way out. Found from the server's own
 * answer to a tried apply; its fields and reason codes are those of Kubernetes 1.30 to 1.36.
 */
import { formatKey, type ResourceKey } from '../resource/resource.ts';
import type { Blocker, Consequence } from './plan.ts';

/** One cause of a refused update, as the server names it. */
export interface RefusalCause {
  readonly reason: string;
  readonly field: string;
}

export interface Replacement {
  /** What becomes of what the object owns: StatefulSets leave their pods running for their successor. */
  readonly propagation: 'Background' | 'Orphan';
  readonly consequence: Consequence;
  /** The fields that cannot be changed in place. */
  readonly fields: readonly string[];
}

interface Rule {
  readonly group: string;
  readonly kind: string;
  readonly field: RegExp;
  readonly propagation: Replacement['propagation'];
  readonly consequence: Consequence;
}

const stops = (text: string): Consequence => ({ kind: 'outage', text });

const rules: readonly Rule[] = [
  {
    ...{
      group: 'batch',
      kind: 'Job',
      field: /^spec\.(template|selector|completions|completionMode|podFailurePolicy)$/,
    },
    ...{ propagation: 'Background' },
    consequence: { kind: 'restart', text: 'the job runs again from the start, and its pods and their logs go' },
  },
  {
    ...{ group: 'apps', kind: 'Deployment', field: /^spec\.selector$/, propagation: 'Background' },
    consequence: stops('outage: all pods are stopped before the first new one starts'),
  },
  {
    ...{ group: 'apps', kind: 'DaemonSet', field: /^spec\.selector$/, propagation: 'Background' },
    consequence: stops('outage: all pods are stopped before the first new one starts'),
  },
  {
    ...{ group: 'apps', kind: 'StatefulSet', field: /^spec$/, propagation: 'Orphan' },
    consequence: {
      kind: 'recreate',
      text: 'its pods and volumes stay and are taken over by the new one; what changes in volume claims is for new pods only',
    },
  },
  {
    ...{ group: '', kind: 'Service', field: /^spec\.(clusterIPs?|ipFamilies)(\[\d+\])?$/, propagation: 'Background' },
    consequence: stops('outage: gets another address, and connections by the old one break'),
  },
  {
    ...{ group: '', kind: 'ConfigMap', field: /^(data|binaryData|immutable)$/, propagation: 'Background' },
    consequence: { kind: 'note', text: 'pods that start in the moment between wait for it' },
  },
  {
    ...{ group: '', kind: 'Secret', field: /^(data|type|immutable)$/, propagation: 'Background' },
    consequence: { kind: 'note', text: 'pods that start in the moment between wait for it' },
  },
  {
    ...{ group: '', kind: 'Pod', field: /^spec(\..*)?$/, propagation: 'Background' },
    consequence: stops('outage: the pod is stopped and started anew'),
  },
  ...['RoleBinding', 'ClusterRoleBinding'].map(
    (kind): Rule => ({
      ...{ group: 'rbac.authorization.k8s.io', kind, field: /^roleRef$/, propagation: 'Background' },
      consequence: stops('its subjects are without these rights for a moment'),
    }),
  ),
  {
    ...{ group: 'storage.k8s.io', kind: 'StorageClass', propagation: 'Background' },
    field: /^(provisioner|parameters|reclaimPolicy|volumeBindingMode)$/,
    consequence: { kind: 'note', text: 'volumes that exist keep what they were made with' },
  },
  {
    ...{ group: 'scheduling.k8s.io', kind: 'PriorityClass', field: /^(value|preemptionPolicy)$/ },
    ...{ propagation: 'Background' },
    consequence: { kind: 'note', text: 'pods that run keep the priority they were made with' },
  },
];

const immutability = new Set(['FieldValueInvalid', 'FieldValueForbidden']);

/** How the object may be replaced for these causes; undefined where any of them is not on the list. */
export function replacementFor(key: ResourceKey, causes: readonly RefusalCause[]): Replacement | undefined {
  const found = causes.map(({ reason, field }) =>
    rules.find(
      (rule) =>
        immutability.has(reason) && rule.group === key.group && rule.kind === key.kind && rule.field.test(field),
    ),
  );
  const [first] = found;
  if (first === undefined || found.includes(undefined)) return undefined;
  const fields = [...new Set(causes.map(({ field }) => field))];
  return { propagation: first.propagation, consequence: first.consequence, fields };
}

/** Kinds that are never deleted to be changed, and what to do instead. */
const waysOut: Readonly<Record<string, string>> = {
  PersistentVolumeClaim:
    'A claim only grows, and its data would go with it. Leave the field as it is, or render a claim of another name and move the data.',
  PersistentVolume: 'Its data could go with it. Render a volume of another name.',
  CustomResourceDefinition:
    'Every object of its kind would go with it. Leave the field as it is, or define a new kind.',
  Namespace: 'Everything in it would go with it. Leave the field as it is.',
};

export function isNeverReplaced({ kind }: ResourceKey): boolean {
  return Object.hasOwn(waysOut, kind);
}

/** The entry of a plan for a change that the server refuses and that is no replacement. */
export function refusedChange(key: ResourceKey, causes: readonly RefusalCause[], said: string | undefined): Blocker {
  const fields = [...new Set(causes.map(({ field }) => field))].filter((field) => field !== '');
  const what = fields.length === 0 ? 'the change' : `a change of ${fields.join(', ')}`;
  return {
    reason: 'rejected',
    text: `${formatKey(key)}: the API server refuses ${what}${said === undefined ? '' : ` (${said})`}`,
    hint:
      waysOut[key.kind] ??
      `Leave the field as it is, render the object under another name, or delete it first by hand if it may be gone for a moment: kubectl delete ${key.kind.toLowerCase()} ${key.name}.`,
  };
}
