/**
 * What the server draws when an object is written for real. A dry run shows a value of its own, which is another one at
 * the apply: 10.0.0.0 for any address, the first free port, a volume with a random name.
 */
import { isList, isObject, type Json, type JsonObject, type Resource, valueAt } from '../resource/resource.ts';
import type { NormaliserRule } from './normalise.ts';

const address = 'drawn from a range at the apply';
const tokenVolume = 'its name is random';

/** The rows of the table for what `withoutDrawn` leaves out. */
export const drawnRules: readonly NormaliserRule[] = [
  { path: 'Service spec.clusterIP', does: 'drawn', because: address },
  { path: 'Service spec.clusterIPs', does: 'drawn', because: address },
  { path: 'Service spec.healthCheckNodePort', does: 'drawn', because: address },
  { path: 'Service spec.ports[*].nodePort', does: 'drawn', because: address },
  { path: 'Pod spec.volumes["kube-api-access-…"]', does: 'drawn', because: tokenVolume },
  { path: 'Pod spec.**.volumeMounts["kube-api-access-…"]', does: 'drawn', because: tokenVolume },
];

export interface Sides {
  readonly desired: Resource | undefined;
  readonly live: Resource | undefined;
}

/** The predicted object without what is drawn anew: neither rendered nor there yet. What is there stays and counts. */
export function withoutDrawn(predicted: Resource, sides: Sides): Resource {
  const spec = predicted['spec'];
  if (predicted.apiVersion !== 'v1' || !isObject(spec)) return predicted;
  if (predicted.kind === 'Service') return { ...predicted, spec: withoutDrawnAddresses(spec, sides) };
  if (predicted.kind === 'Pod' && sides.live === undefined)
    return { ...predicted, spec: withoutTokenVolume(spec, sides.desired) };
  return predicted;
}

function withoutDrawnAddresses(spec: JsonObject, { desired, live }: Sides): JsonObject {
  const isKnown = (field: string): boolean =>
    [desired, live].some((side) => ![undefined, null, ''].includes(valueAt(side, ['spec', field]) as undefined));
  const known = Object.entries(spec).filter(
    ([field]) => !['clusterIP', 'clusterIPs', 'healthCheckNodePort'].includes(field) || isKnown(field),
  );
  const { ports } = spec;
  const numbered = [desired, live].flatMap((side) => elementsOf(valueAt(side, ['spec', 'ports']))).filter(hasNodePort);
  const drawn = (port: Json): Json => {
    if (!isObject(port) || numbered.some((other) => isSamePort(other, port))) return port;
    const { nodePort: _, ...rest } = port;
    return rest;
  };
  return { ...Object.fromEntries(known), ...(isList(ports) ? { ports: ports.map(drawn) } : {}) };
}

function elementsOf(list: Json | undefined): readonly JsonObject[] {
  return isList(list) ? list.filter(isObject) : [];
}

function hasNodePort({ nodePort }: JsonObject): boolean {
  return nodePort !== undefined && nodePort !== null && nodePort !== 0;
}

function isSamePort(one: JsonObject, other: JsonObject): boolean {
  return one['port'] === other['port'] && (one['protocol'] ?? 'TCP') === (other['protocol'] ?? 'TCP');
}

function withoutTokenVolume(spec: JsonObject, desired: Resource | undefined): JsonObject {
  const rendered = new Set(elementsOf(valueAt(desired, ['spec', 'volumes'])).map(({ name }) => name));
  const isDrawn = (one: JsonObject): boolean =>
    /^kube-api-access-[a-z0-9]{5}$/.test(String(one['name'])) && !rendered.has(one['name']);
  const without = (object: JsonObject, field: string): JsonObject => {
    const { [field]: list, ...rest } = object;
    const kept = elementsOf(list).filter((one) => !isDrawn(one));
    return kept.length === 0 ? rest : { ...object, [field]: kept };
  };
  const containers = ['containers', 'initContainers'].flatMap((field) =>
    isList(spec[field]) ? [[field, elementsOf(spec[field]).map((one) => without(one, 'volumeMounts'))] as const] : [],
  );
  return without({ ...spec, ...Object.fromEntries(containers) }, 'volumes');
}
