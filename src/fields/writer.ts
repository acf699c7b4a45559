/** What kind of writer a field manager is: a person at a tool, a tool that deploys, or a controller of the cluster. */

export type Writer = 'person' | 'deployer' | 'controller';

/** Names as tools give them; the first row that fits counts, and what is in no row is a controller. */
const writers: readonly (readonly [manager: RegExp, writer: Writer])[] = [
  [
    /^(helm|kustomize-controller|helm-controller|argocd-[\w-]*|kluctl|kapp[\w-]*|pushgate[\w-]*|terraform|pulumi[\w-]*)$/i,
    'deployer',
  ],
  [/^(ansible|fleetagent|eksctl|skaffold|werf|nelm)/i, 'deployer'],
  [/^(kubectl|oc|k9s|lens|freelens|headlamp|openlens|rancher|steve|dashboard|octant|before-first-apply)/i, 'person'],
  [/^(mozilla|curl|node-fetch|python|openapi-generator|java|okhttp|fabric8|unknown)/i, 'person'],
];

/** A name that no row knows is a controller's: it would be wrong to call its work somebody's edit. */
export function writerOf(manager: string): Writer {
  return writers.find(([pattern]) => pattern.test(manager))?.[1] ?? 'controller';
}

/** Why a controller sets a field, for fields that are known for it; the first row that fits counts. */
const purposes: readonly { readonly path: RegExp; readonly because: string }[] = [
  { path: /(^|\.)replicas$/, because: 'the number of replicas is scaled automatically' },
  { path: /caBundle$/, because: 'the certificate of the webhook is put in' },
  { path: /\.resources(\.|$)/, because: 'requests and limits are set automatically' },
  { path: /requests\.storage$/, because: 'the volume grows automatically' },
  { path: /\.(containers|initContainers|volumes|volumeMounts|env)\[/, because: 'it is injected' },
  { path: /selector\["?rollouts-pod-template-hash/, because: 'the rollout switches between versions' },
  { path: /^metadata\.(annotations|labels)/, because: 'it is a mark of its own' },
];

/** `kube-controller-manager sets it: the number of replicas is scaled automatically`. */
export function controllerReason(manager: string, path: string): string {
  const because = purposes.find((purpose) => purpose.path.test(path))?.because;
  return because === undefined ? `${manager} sets it` : `${manager} sets it: ${because}`;
}

/** What people call it: `kubectl edit` for the manager `kubectl-edit`. */
export function toolOf(manager: string, subresource: string): string {
  if (manager === 'kubectl') return subresource === '' ? 'kubectl apply --server-side' : `kubectl ${subresource}`;
  if (manager === 'kubectl-client-side-apply') return 'kubectl apply';
  return manager.startsWith('kubectl-') ? manager.replace('-', ' ') : manager;
}
