/**
 * The group versions Helm knows without a cluster: those of the client-go it was built with, in the order that client
 * registers them. Charts ask `.Capabilities.APIVersions.Has`, and some print the list.
 */
const groups: readonly (readonly [group: string, versions: string])[] = [
  ['', 'v1'],
  ['admissionregistration.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['internal.apiserver.k8s.io', 'v1alpha1'],
  ['apps', 'v1 v1beta1 v1beta2'],
  ['authentication.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['authorization.k8s.io', 'v1 v1beta1'],
  ['autoscaling', 'v1 v2'],
  ['batch', 'v1 v1beta1'],
  ['certificates.k8s.io', 'v1 v1beta1 v1alpha1'],
  ['coordination.k8s.io', 'v1alpha2 v1beta1 v1'],
  ['discovery.k8s.io', 'v1 v1beta1'],
  ['events.k8s.io', 'v1 v1beta1'],
  ['extensions', 'v1beta1'],
  ['flowcontrol.apiserver.k8s.io', 'v1 v1beta1 v1beta2 v1beta3'],
  ['networking.k8s.io', 'v1 v1beta1'],
  ['node.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['policy', 'v1 v1beta1'],
  ['rbac.authorization.k8s.io', 'v1 v1beta1 v1alpha1'],
  ['resource.k8s.io', 'v1 v1beta2 v1beta1 v1alpha3'],
  ['scheduling.k8s.io', 'v1alpha2 v1beta1 v1'],
  ['storage.k8s.io', 'v1beta1 v1 v1alpha1'],
  ['storagemigration.k8s.io', 'v1beta1'],
  ['apiextensions.k8s.io', 'v1beta1 v1'],
];

/** Where an older client-go (by minor) differs from the newest one. */
const olderGroups: Readonly<Record<34 | 35 | 36, Readonly<Record<string, string>>>> = {
  34: {
    autoscaling: 'v1 v2 v2beta1 v2beta2',
    'scheduling.k8s.io': 'v1alpha1 v1beta1 v1',
    'storagemigration.k8s.io': 'v1alpha1',
  },
  35: { autoscaling: 'v1 v2 v2beta1 v2beta2', 'scheduling.k8s.io': 'v1alpha1 v1beta1 v1' },
  36: {},
};

/** The list for a client-go 0.x. */
export function defaultApiVersions(clientMinor: 34 | 35 | 36): string[] {
  return groups.flatMap(([group, versions]) =>
    (olderGroups[clientMinor][group] ?? versions)
      .split(' ')
      .map((version) => (group === '' ? version : `${group}/${version}`)),
  );
}
