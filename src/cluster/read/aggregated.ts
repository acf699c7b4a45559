/** API groups that an aggregated server answers: the API server passes their requests on, past its own admission. */
import { isObject, valueAt } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import type { Discovery } from './discovery.ts';
import { listObjects } from './objects.ts';

/** Throws `Problem` (`forbidden`, `unreachable`) where the API services cannot be listed. */
export async function aggregatedGroups(client: Client, discovery: Discovery): Promise<ReadonlySet<string>> {
  const info = discovery.find('apiregistration.k8s.io/v1', 'APIService');
  if (info === undefined) return new Set();
  const services = await listObjects(client, info, { namespace: '', labelSelector: '' });
  return new Set(
    services.flatMap((service) => {
      const group = valueAt(service, ['spec', 'group']);
      return isObject(valueAt(service, ['spec', 'service'])) && typeof group === 'string' ? [group] : [];
    }),
  );
}
