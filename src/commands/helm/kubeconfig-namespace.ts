/** The namespace that Helm takes where none is given: that of the kubeconfig's context. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { KubeconfigFile } from '../../cluster/read/kubeconfig-entries.ts';

/** What the variables of a run say of the kubeconfig. */
export interface KubeconfigPlace {
  /** KUBECONFIG: paths, separated as in PATH. */
  readonly kubeconfig?: string | undefined;
  /** HELM_KUBECONTEXT. */
  readonly context?: string | undefined;
  readonly home?: string | undefined;
}

/** What the flags say of it; they come first. */
export interface KubeconfigFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/**
 * Undefined where no context says one. Only reads the files: no login is made and no cluster asked. What is wrong with
 * them does not matter here, as for Helm.
 */
export async function namespaceOfContext(
  place: KubeconfigPlace,
  flags: KubeconfigFlags,
  directory: string,
): Promise<string | undefined> {
  const files = filesOf(place, flags).map((file) => resolve(directory, file));
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0) return undefined;
  const { kubeconfigEntries } = await import('../../cluster/read/kubeconfig-entries.ts');
  let parsed: readonly KubeconfigFile[];
  try {
    parsed = there.map((file) => kubeconfigEntries(readFileSync(file, 'utf8'), file));
  } catch {
    return undefined;
  }
  const current = parsed.flatMap(({ currentContext }) => currentContext ?? [])[0];
  const wanted = flags.context || place.context || current;
  return parsed.flatMap(({ contexts }) => contexts).find(({ name }) => name === wanted)?.namespace;
}

function filesOf(place: KubeconfigPlace, flags: KubeconfigFlags): readonly string[] {
  if (flags.kubeconfig) return [flags.kubeconfig];
  if (place.kubeconfig) return place.kubeconfig.split(delimiter).filter((file) => file !== '');
  return place.home === undefined ? [] : [join(place.home, '.kube', 'config')];
}
