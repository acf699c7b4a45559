/** Which pods of a release read a ConfigMap or Secret, and whether they see it change while they run. */
import { isObject, type Json, type Resource, type ResourceKey, valueAt } from '../../resource/resource.ts';
import { listAt, podSpecOf, textAt } from './rule.ts';

export interface Reader {
  readonly workload: Resource;
  /** `start`: as variables, or as a file in a place of its own (subPath), which never changes under a running pod. */
  readonly sees: 'start' | 'later';
}

const references = {
  ConfigMap: { variable: 'configMapKeyRef', all: 'configMapRef', volume: ['configMap', 'name'] },
  Secret: { variable: 'secretKeyRef', all: 'secretRef', volume: ['secret', 'secretName'] },
} as const;

export function readersOf({ kind, name, namespace }: ResourceKey, release: readonly Resource[]): readonly Reader[] {
  if (kind !== 'ConfigMap' && kind !== 'Secret') return [];
  return release.flatMap((workload): readonly Reader[] => {
    const spec = podSpecOf(workload);
    if (!isObject(spec) || (workload.metadata['namespace'] ?? namespace) !== namespace) return [];
    const containers = [...listAt(spec, ['initContainers']), ...listAt(spec, ['containers'])];
    const { variable, all, volume } = references[kind];
    const isNamed = (value: Json | undefined): boolean => textAt(value, ['name']) === name;
    const readsAtStart = containers.some(
      (container) =>
        listAt(container, ['env']).some((one) => isNamed(valueAt(one, ['valueFrom', variable]))) ||
        listAt(container, ['envFrom']).some((one) => isNamed(valueAt(one, [all]))),
    );
    if (readsAtStart) return [{ workload, sees: 'start' }];
    const projected = kind === 'ConfigMap' ? 'configMap' : 'secret';
    const volumes = listAt(spec, ['volumes'])
      .filter(
        (one) =>
          textAt(one, volume) === name ||
          listAt(one, ['projected', 'sources']).some((source) => isNamed(valueAt(source, [projected]))),
      )
      .map((one) => textAt(one, ['name']));
    if (volumes.length === 0) return [];
    const mounts = containers.flatMap((container) => listAt(container, ['volumeMounts']));
    const isFixed = mounts.some(
      (mount) => volumes.includes(textAt(mount, ['name'])) && textAt(mount, ['subPath']) !== '',
    );
    return [{ workload, sees: isFixed ? 'start' : 'later' }];
  });
}
