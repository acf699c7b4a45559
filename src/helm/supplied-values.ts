import { toText } from './bytes.ts';
import { userValues, type ValueOptions } from './chart/values.ts';
import { HelmError } from './helm-error.ts';
import { newestHelm, profileOf } from './profile.ts';
import { GoInt, GoMap, GoSlice, type Value } from './value.ts';

/** JSON; integers are bigints where a number would lose digits. */
export type SuppliedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly SuppliedValue[]
  | { readonly [key: string]: SuppliedValue };

/**
 * What a user gives for a release's values, without the chart's own: what `helm get values` prints and Helm's record
 * has as `config`. Throws `HelmError` of stage `values`.
 */
export function suppliedValues(
  options: ValueOptions,
  version: string = newestHelm,
): { readonly [key: string]: SuppliedValue } {
  const profile = profileOf(version);
  if (profile === undefined) throw new HelmError({ stage: 'options', message: `Helm ${version} is not known` });
  return tableOf(userValues(options, profile));
}

function tableOf({ entries }: GoMap): { readonly [key: string]: SuppliedValue } {
  return Object.fromEntries([...entries].map(([key, value]) => [toText(key), plainOf(value)]));
}

function plainOf(value: Value): SuppliedValue {
  if (value instanceof GoMap) return value.isNil ? null : tableOf(value);
  if (value instanceof GoSlice) return value.isNil ? null : value.items.map(plainOf);
  if (value instanceof GoInt) return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : value.value;
  if (typeof value === 'string') return toText(value);
  // Files and flags give nothing else.
  return typeof value === 'object' ? null : value;
}
