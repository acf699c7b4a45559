/** Which kinds live in a namespace, for the kinds that every API server has. */
import type { JsonObject, Resource } from './resource.ts';
import { groupOf, isObject, valueAt } from './resource.ts';

export type Scope = 'namespaced' | 'cluster';

/**
 * Cluster-scoped kinds by API group, of Kubernetes 1.20 to 1.36 (`kubectl api-resources --namespaced=false`).
 * Every other kind of these groups lives in a namespace.
 */
const clusterScoped: Readonly<Record<string, readonly string[]>> = {
  '': ['ComponentStatus', 'Namespace', 'Node', 'PersistentVolume'],
  'admissionregistration.k8s.io': [
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'ValidatingWebhookConfiguration',
  ],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'apiregistration.k8s.io': ['APIService'],
  apps: [],
  'authentication.k8s.io': ['SelfSubjectReview', 'TokenReview'],
  'authorization.k8s.io': ['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'],
  autoscaling: [],
  batch: [],
  'certificates.k8s.io': ['CertificateSigningRequest', 'ClusterTrustBundle'],
  'coordination.k8s.io': [],
  'discovery.k8s.io': [],
  'events.k8s.io': [],
  extensions: ['PodSecurityPolicy'],
  'flowcontrol.apiserver.k8s.io': ['FlowSchema', 'PriorityLevelConfiguration'],
  'internal.apiserver.k8s.io': ['StorageVersion'],
  'networking.k8s.io': ['IPAddress', 'IngressClass', 'ServiceCIDR'],
  'node.k8s.io': ['RuntimeClass'],
  policy: ['PodSecurityPolicy'],
  'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding'],
  'resource.k8s.io': ['DeviceClass', 'DeviceTaintRule', 'ResourceSlice'],
  'scheduling.k8s.io': ['PriorityClass'],
  'storage.k8s.io': ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'],
  'storagemigration.k8s.io': ['StorageVersionMigration'],
};

/** The scope of a built-in kind; undefined for kinds of others, which only discovery or their definition knows. */
export function builtInScope(apiVersion: string, kind: string): Scope | undefined {
  const group = groupOf(apiVersion);
  if (!Object.hasOwn(clusterScoped, group)) return undefined;
  return clusterScoped[group]?.includes(kind) ? 'cluster' : 'namespaced';
}

/** What a CustomResourceDefinition says about its kind; undefined for other objects. */
export function definedScope(
  resource: Resource,
): { readonly group: string; readonly kind: string; readonly scope: Scope } | undefined {
  if (resource.kind !== 'CustomResourceDefinition') return undefined;
  const [group, kind, scope] = [['group'], ['names', 'kind'], ['scope']].map((path) =>
    valueAt(resource, ['spec', ...path]),
  );
  if (typeof group !== 'string' || typeof kind !== 'string') return undefined;
  return { group, kind, scope: scope === 'Cluster' ? 'cluster' : 'namespaced' };
}

/**
 * The object with the namespace that the API server would see: the given one where a namespaced object names none,
 * none where the kind has none. An object of unknown scope stays as it is.
 */
export function withNamespace(resource: Resource, scope: Scope | undefined, namespace: string): Resource {
  const own = resource.metadata['namespace'];
  if (scope === 'namespaced' && (own === undefined || own === null || own === '')) {
    return { ...resource, metadata: { ...resource.metadata, namespace } };
  }
  if (scope === 'cluster' && own !== undefined) {
    const { namespace: _, ...metadata } = resource.metadata;
    return { ...resource, metadata: metadata as JsonObject & { readonly name: string } };
  }
  return resource;
}

/** Whether a value has what makes a Kubernetes object: apiVersion, kind and metadata.name as text. */
export function isResource(value: JsonObject): value is Resource {
  const { apiVersion, kind, metadata } = value;
  return (
    typeof apiVersion === 'string' &&
    apiVersion !== '' &&
    typeof kind === 'string' &&
    kind !== '' &&
    isObject(metadata) &&
    typeof metadata['name'] === 'string' &&
    metadata['name'] !== ''
  );
}
