/**
 * The programs of the bed: where each comes from and which found ones are good enough.
 * Changing a version here is all that an upgrade takes: the cache is laid out by version.
 */

/** How a part is built: one `go install`, or a small module of our own where the part cannot be installed by path. */
export type Recipe =
  | { readonly how: 'install'; readonly module: string; readonly command: string; readonly linkFlags: string }
  | {
      readonly how: 'module';
      readonly module: string;
      readonly commands: Readonly<Record<string, string>>;
      readonly linkFlags: string;
      /** The version that the module's `=> ./staging/…` replacements are published under. */
      readonly stagingVersion?: string;
      /** A `main` of our own, for a module that is only published as a library. */
      readonly main?: string;
    };

export interface Part {
  readonly name: string;
  readonly version: string;
  readonly programs: readonly string[];
  readonly recipe: Recipe;
  /** Arguments that print the version, and what has to be in it for a program found elsewhere to be used. */
  readonly versionArguments: readonly string[];
  readonly accepts: RegExp;
  /** Minutes on two cores from a cold Go cache; said before the build starts. */
  readonly minutes: number;
  /** Files of the module's own folder that are kept beside the program. */
  readonly files?: readonly string[];
}

const kubernetes = '1.36.3';
const [major, minor] = kubernetes.split('.') as [string, string, string];

export const parts = [
  {
    name: 'helm',
    version: '4.2.4',
    programs: ['helm'],
    recipe: {
      how: 'install',
      module: 'helm.sh/helm/v4',
      command: 'helm.sh/helm/v4/cmd/helm',
      linkFlags: '-X helm.sh/helm/v4/internal/version.version=v4.2.4',
    },
    versionArguments: ['version', '--short'],
    accepts: /^v4\.2\.4\b/,
    minutes: 1.5,
  },
  {
    name: 'helm3',
    version: '3.20.0',
    programs: ['helm3'],
    recipe: {
      how: 'install',
      module: 'helm.sh/helm/v3',
      command: 'helm.sh/helm/v3/cmd/helm',
      linkFlags: '-X helm.sh/helm/v3/internal/version.version=v3.20.0',
    },
    versionArguments: ['version', '--short'],
    accepts: /^v3\.(1[89]|[2-9]\d)\./,
    minutes: 1.5,
  },
  {
    name: 'act',
    version: '0.2.89',
    programs: ['act'],
    recipe: {
      how: 'install',
      module: 'github.com/nektos/act',
      command: 'github.com/nektos/act',
      linkFlags: '',
    },
    versionArguments: ['--version'],
    accepts: /\b0\.2\.(8[5-9]|9\d)\b/,
    minutes: 0.5,
  },
  {
    name: 'kustomize',
    version: '5.8.1',
    programs: ['kustomize'],
    recipe: {
      how: 'install',
      module: 'sigs.k8s.io/kustomize/kustomize/v5',
      command: 'sigs.k8s.io/kustomize/kustomize/v5',
      linkFlags: '',
    },
    versionArguments: ['version'],
    accepts: /^v5\.8\.1\b/,
    minutes: 0.5,
  },
  {
    name: 'kubernetes',
    version: kubernetes,
    programs: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'],
    recipe: {
      how: 'module',
      module: 'k8s.io/kubernetes',
      commands: {
        'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
        'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
        'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
        kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      },
      stagingVersion: `v0.${kubernetes.slice(2)}`,
      linkFlags: ['gitVersion=v' + kubernetes, 'gitMajor=' + major, 'gitMinor=' + minor, 'gitTreeState=clean']
        .map((setting) => `-X k8s.io/component-base/version.${setting}`)
        .join(' '),
    },
    versionArguments: ['--version'],
    accepts: /v1\.(3[3-9]|[4-9]\d)\./,
    minutes: 5,
  },
  {
    name: 'etcd',
    version: '3.6.15',
    programs: ['etcd'],
    recipe: {
      how: 'module',
      module: 'go.etcd.io/etcd/server/v3',
      commands: { etcd: '.' },
      linkFlags: '',
      main: [
        'package main',
        '',
        'import (',
        '\t"os"',
        '',
        '\t"go.etcd.io/etcd/server/v3/etcdmain"',
        ')',
        '',
        'func main() { etcdmain.Main(os.Args) }',
        '',
      ].join('\n'),
    },
    versionArguments: ['--version'],
    accepts: /etcd Version: 3\.[4-9]\./,
    minutes: 0.5,
  },
  {
    name: 'kwok',
    version: '0.8.0',
    programs: ['kwok'],
    recipe: {
      how: 'install',
      module: 'sigs.k8s.io/kwok',
      command: 'sigs.k8s.io/kwok/cmd/kwok',
      linkFlags: '',
    },
    versionArguments: ['--version'],
    // The stages come from the same version of the module, so no other one is taken.
    accepts: /\b0\.8\.0\b/,
    minutes: 1,
    files: [
      'kustomize/stage/node/fast/node-initialize.yaml',
      'kustomize/stage/node/heartbeat/node-heartbeat.yaml',
      // Pods are ready at once, so that a test waits for the controllers only; the last stage fails pods that ask for it.
      'kustomize/stage/pod/fast/pod-ready.yaml',
      'kustomize/stage/pod/fast/pod-complete.yaml',
      'kustomize/stage/pod/fast/pod-delete.yaml',
      'kustomize/stage/pod/chaos/pod-container-running-failed.yaml',
    ],
  },
] as const satisfies readonly Part[];

export type PartName = (typeof parts)[number]['name'];
export type ProgramName = (typeof parts)[number]['programs'][number];

/** What a control plane needs; the rest are oracles. */
export const controlPlane: readonly ProgramName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
];

export function partOf(program: ProgramName): Part {
  const part = parts.find((candidate) => (candidate.programs as readonly string[]).includes(program));
  if (part === undefined) throw new Error(`no part builds ${program}`);
  return part;
}
