/** The state of an environment that is a Kubernetes cluster, and what its releases would change there. */
import { makeClient } from '../../cluster/read/client.ts';
import { discover } from '../../cluster/read/discovery.ts';
import type { RenderedObject, RenderedRelease } from '../../cluster/read/gathering.ts';
import { type Kubeconfig, loadKubeconfig } from '../../cluster/read/kubeconfig.ts';
import {
  applySetId,
  type Parent,
  parentName,
  type ReleasePlace,
  readParent,
  releaseLabel,
} from '../../cluster/read/parent.ts';
import { proxyVariables } from '../../cluster/read/proxy.ts';
import { gatherRelease } from '../../cluster/read/release-facts.ts';
import { viewCluster } from '../../cluster/read/view.ts';
import type { Target } from '../../config/config.ts';
import { formatTarget } from '../../config/index.ts';
import type { Policy } from '../../config/policy.ts';
import { describeRepository } from '../../git/repository-name.ts';
import type { ReleaseFacts } from '../../plan/facts.ts';
import { formatProblem, Problem } from '../../problem.ts';
import { version } from '../../version.ts';
import type { Host } from '../host.ts';
import type { Repository } from '../run/repository.ts';
import { findParents } from './find-parents.ts';
import { isOwn, placeId } from './own-parents.ts';
import type { ClusterPlace, EnvironmentState, ReleaseState } from './state.ts';

export interface ClusterStateOptions {
  readonly host: Host;
  readonly repository: Repository;
  readonly policy: Policy & { readonly target: Extract<Target, { readonly kind: 'cluster' }> };
  /** Releases to look for: in their namespaces, and where others of the environment were. */
  readonly releases: readonly ReleasePlace[];
}

/**
 * Connects with the context that the policy names, and reads the records of the releases' namespaces; objects are read
 * when a plan asks for them. Throws `Problem`: `config-invalid` (the kubeconfig), `unauthenticated`, `forbidden`,
 * `unreachable`.
 */
export async function clusterState({
  host,
  repository,
  policy,
  releases,
}: ClusterStateOptions): Promise<EnvironmentState> {
  const config = loadKubeconfig({
    kubeconfig: host.env['KUBECONFIG'],
    home: host.env['HOME'] ?? host.env['USERPROFILE'],
    context: policy.target.context,
    checkout: repository.checkout.directory,
    inCluster: inClusterAddress(host),
    proxies: proxyVariables(host.env),
  });
  if (config.cluster.skipTLSVerify) host.warn(uncheckedCertificate(config));
  const { runUrl } = repository.facts;
  const { signal, hurry } = host;
  const userAgent = `pushgate/${version}${runUrl === undefined ? '' : ` (${runUrl})`}`;
  const client = makeClient({ config, userAgent, env: host.env, signal, hurry });
  host.progress(`looking at ${policy.name}: ${client.server}`);
  const namespaces = releases.map(({ namespace }) => namespace);
  const named = repository.checkout.name();
  const [discovery, source, { parents, broken }] = await Promise.all([
    discover(client),
    named,
    named.then((source) => findParents({ host, client, repository, environment: policy.name, source, namespaces })),
  ]);
  for (const [id, problem] of broken)
    if (releases.every((release) => placeId(release) !== id)) host.warn(formatProblem(problem));
  const own = [...parents.values()].filter((parent) => isOwn(parent, policy.name, source));
  const siblings = new Map(own.map(({ release }) => [applySetId(release), release.name]));
  return {
    target: formatTarget(policy.target),
    place: {
      kind: 'cluster',
      environment: policy.name,
      view: viewCluster(client, discovery),
      parents,
      broken,
      source,
      siblings,
    },
    recorded: [...new Set(own.map(({ release }) => release.name))],
    release: (name) => releaseState(own.find(({ release }) => release.name === name)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Kubernetes tells every pod where its API server is. */
function uncheckedCertificate({ context, cluster }: Kubeconfig): string {
  const way = /^http:/i.test(cluster.server) ? 'is not encrypted' : 'has a certificate that nobody checks';
  return `The way to ${cluster.server} ${way} (insecure-skip-tls-verify of context "${context}"): whoever stands between can take the login. Give certificate-authority instead.`;
}

function inClusterAddress({ env }: Host): { readonly host: string; readonly port: string } | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  return host === '' || port === '' ? undefined : { host, port };
}

function releaseState(parent: Parent | undefined): ReleaseState | undefined {
  if (parent === undefined) return undefined;
  const { origin, attempt, objects, hold } = parent.state;
  const commit = origin.commit === '' ? undefined : origin.commit;
  return { namespace: parent.release.namespace, commit, attempted: attempt?.commit, objects, live: objects, hold };
}

/** Objects of a Helm chart are marked as Helm marks them, so that Helm can take over; others keep their own labels. */
export function marksOf(helmChart: object | undefined): RenderedRelease['marks'] {
  return helmChart === undefined ? 'none' : 'helm';
}

/** A release of the run as it is known before the cluster is asked. */
export interface ClusterRelease extends ReleasePlace {
  readonly objects: readonly RenderedObject[];
  readonly target: RenderedRelease['target'];
  readonly intent: ReleaseFacts['intent'];
  readonly marks: RenderedRelease['marks'];
  readonly prediction: RenderedRelease['prediction'];
  readonly key: RenderedRelease['key'];
  readonly hooks: NonNullable<RenderedRelease['hooks']>;
}

/** Asks the cluster about every object of a release. Throws `Problem` for a release that is another's. */
export async function clusterFacts(
  place: ClusterPlace,
  policy: Policy,
  release: ClusterRelease,
): Promise<ReleaseFacts> {
  const broken = place.broken.get(placeId(release));
  if (broken !== undefined) throw broken;
  const parent = place.parents.get(placeId(release));
  if (parent === undefined) await refuseUnlisted(place, release);
  refuseForeign(policy, release, parent, place.source);
  refuseOtherNamespace(place, release);
  return await gatherRelease(place.view, { ...release, siblings: place.siblings }, parent);
}

/** What has the parent's name and is none is refused here already; a parent without its label is not found by a list. */
async function refuseUnlisted({ view }: ClusterPlace, release: ReleasePlace): Promise<void> {
  if ((await readParent(view.client, release)) === undefined) return;
  const name = parentName(release.name);
  throw new Problem({
    reason: 'conflict',
    message: `ConfigMap ${release.namespace}/${name}, the record of release ${release.name}, has lost its label ${releaseLabel}`,
    hint: `Give it back: kubectl label configmap ${name} -n ${release.namespace} ${releaseLabel}=${release.name}`,
  });
}

/** Two places that apply one release would undo each other, run by run. */
function refuseForeign(policy: Policy, release: ReleasePlace, parent: Parent | undefined, source: string): void {
  if (parent === undefined) return;
  if (isOwn(parent, policy.name, source)) return;
  const { origin } = parent.state;
  const whose = `environment ${origin.environment} of ${describeRepository(origin.repository)}`;
  throw new Problem({
    reason: 'conflict',
    message: `release ${release.name} in namespace ${release.namespace} belongs to ${whose}`,
    hint: `Give one of the two another name or namespace. To hand it over, delete ConfigMap pushgate-${release.name} there: the next apply adopts its objects.`,
  });
}

/** Objects cannot be moved between namespaces, and one release would be two. */
function refuseOtherNamespace({ parents, environment, source }: ClusterPlace, release: ClusterRelease): void {
  const other = [...parents.values()].find(
    (parent) =>
      parent.release.name === release.name &&
      parent.release.namespace !== release.namespace &&
      isOwn(parent, environment, source),
  );
  if (other === undefined || release.intent !== 'release') return;
  throw new Problem({
    reason: 'conflict',
    message: `release ${release.name} is in namespace ${other.release.namespace}, and configured for ${release.namespace}: its objects cannot be moved`,
    hint: `Give it another name in ${release.namespace}: the plan then shows its objects there and the deletion of the old release. Or delete that one first: pushgate delete ${release.name} --environment ${environment}.`,
  });
}
