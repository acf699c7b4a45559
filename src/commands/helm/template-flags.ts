import type { HelmFlag } from './helm-flags.ts';

/** Flags of `helm template` that change what is rendered or printed. */
export const renderFlags = {
  'api-versions': { kind: 'csv', short: 'a' },
  'generate-name': { kind: 'switch', short: 'g' },
  debug: { kind: 'switch' },
  'include-crds': { kind: 'switch' },
  'is-upgrade': { kind: 'switch' },
  'kube-context': { kind: 'text' },
  'kube-version': { kind: 'text' },
  kubeconfig: { kind: 'text' },
  'name-template': { kind: 'text' },
  namespace: { kind: 'text', short: 'n' },
  'no-hooks': { kind: 'switch' },
  'output-dir': { kind: 'text' },
  'release-name': { kind: 'switch' },
  set: { kind: 'list' },
  'set-file': { kind: 'list' },
  'set-json': { kind: 'list' },
  'set-literal': { kind: 'list' },
  'set-string': { kind: 'list' },
  'show-only': { kind: 'list', short: 's' },
  'skip-schema-validation': { kind: 'switch' },
  'skip-tests': { kind: 'switch' },
  values: { kind: 'csv', short: 'f' },
} as const satisfies Readonly<Record<string, HelmFlag>>;

/** Ours: which release of Helm to be. */
export const ownFlags = {
  'helm-version': { kind: 'text' },
} as const satisfies Readonly<Record<string, HelmFlag>>;

/** Flags that `helm template` takes and that change nothing there: they belong to installing. */
export const idleFlags = {
  atomic: { kind: 'switch' },
  'burst-limit': { kind: 'text' },
  color: { kind: 'text' },
  colour: { kind: 'text' },
  'content-cache': { kind: 'text' },
  'create-namespace': { kind: 'switch' },
  description: { kind: 'text' },
  devel: { kind: 'switch' },
  'disable-openapi-validation': { kind: 'switch' },
  force: { kind: 'switch' },
  'force-conflicts': { kind: 'switch' },
  'force-replace': { kind: 'switch' },
  'hide-notes': { kind: 'switch' },
  'kube-apiserver': { kind: 'text' },
  'kube-as-group': { kind: 'list' },
  'kube-as-user': { kind: 'text' },
  'kube-ca-file': { kind: 'text' },
  'kube-insecure-skip-tls-verify': { kind: 'switch' },
  'kube-tls-server-name': { kind: 'text' },
  'kube-token': { kind: 'text' },
  keyring: { kind: 'text' },
  labels: { kind: 'list', short: 'l' },
  qps: { kind: 'text' },
  'registry-config': { kind: 'text' },
  'render-subchart-notes': { kind: 'switch' },
  replace: { kind: 'switch' },
  'repository-cache': { kind: 'text' },
  'repository-config': { kind: 'text' },
  'rollback-on-failure': { kind: 'switch' },
  'server-side': { kind: 'switch' },
  'skip-crds': { kind: 'switch' },
  'take-ownership': { kind: 'switch' },
  timeout: { kind: 'text' },
  wait: { kind: 'text', bare: 'watcher' },
  'wait-for-jobs': { kind: 'switch' },
} as const satisfies Readonly<Record<string, HelmFlag>>;

/** Flags of `helm template` that are refused, and why. */
export const refusedFlags: Readonly<Record<string, HelmFlag & { readonly why: string }>> = {
  'ca-file': remote(),
  'cert-file': remote(),
  'dependency-update': {
    kind: 'switch',
    why: 'dependencies are not fetched while rendering; run `helm dependency build` before, or commit them',
  },
  'dry-run': { kind: 'text', bare: 'unset', why: 'a rendering never asks a cluster; `pushgate plan` does' },
  'enable-dns': { kind: 'switch', why: 'templates may not look up names' },
  'insecure-skip-tls-verify': { kind: 'switch', why: remote().why },
  'key-file': remote(),
  'pass-credentials': { kind: 'switch', why: remote().why },
  password: remote(),
  'plain-http': { kind: 'switch', why: remote().why },
  'post-renderer': { kind: 'text', why: 'a post-renderer is a program of the machine; pipe the output into it' },
  'post-renderer-args': { kind: 'list', why: 'a post-renderer is a program of the machine; pipe the output into it' },
  repo: remote(),
  username: remote(),
  validate: { kind: 'switch', why: 'a rendering never asks a cluster; `pushgate plan` does' },
  verify: { kind: 'switch', why: 'signatures of charts are not checked' },
  version: remote(),
};

function remote(): HelmFlag & { readonly why: string } {
  return { kind: 'text', why: 'only charts that lie in a folder or file are rendered here' };
}
