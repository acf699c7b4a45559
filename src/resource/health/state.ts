/** What all health rules share: the states, and reading a status. */
import type { Json, Resource } from '../resource.ts';
import { isList, isObject, valueAt } from '../resource.ts';

/**
 * `ready`: does what its spec asks. `progressing`: on its way, or not looked at by its controller yet. `failed`: will
 * not get there by itself. `suspended`: told to stand still.
 */
export type HealthState = 'ready' | 'progressing' | 'failed' | 'suspended';

export interface Health {
  readonly state: HealthState;
  /** For people, with numbers: `1 of 3 ready`; '' when there is nothing to add. */
  readonly message: string;
}

export function ready(message = ''): Health {
  return { state: 'ready', message };
}

export function progressing(message: string): Health {
  return { state: 'progressing', message };
}

export function failed(message: string): Health {
  return { state: 'failed', message };
}

export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(live: Resource, type: string): Condition | undefined {
  const conditions = valueAt(live, ['status', 'conditions']);
  if (!isList(conditions)) return undefined;
  const condition = conditions.filter(isObject).find((one) => one['type'] === type);
  if (condition === undefined) return undefined;
  return { status: text(condition['status']), reason: text(condition['reason']), message: text(condition['message']) };
}

export function numberAt(live: Resource, path: readonly (string | number)[], absent: number): number {
  const value = valueAt(live, path);
  return typeof value === 'number' ? value : absent;
}

export function textAt(live: Json, path: readonly (string | number)[]): string {
  return text(valueAt(live, path));
}

/** Addresses that a load balancer gave, as `status.loadBalancer` lists them. */
export function addressesOf(live: Resource): readonly string[] {
  const found = valueAt(live, ['status', 'loadBalancer', 'ingress']);
  return (isList(found) ? found : [])
    .map((one) => textAt(one, ['ip']) || textAt(one, ['hostname']))
    .filter((one) => one !== '');
}

/** Whether the controller has not yet seen the newest spec: every number of the status is then about an older one. */
export function isUnobserved(live: Resource): boolean {
  return numberAt(live, ['status', 'observedGeneration'], 0) < numberAt(live, ['metadata', 'generation'], 0);
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
