import type { Json } from '../resource/resource.ts';
import { writeYaml } from '../yaml/index.ts';
import { readablePlaceholders } from './placeholder.ts';

/** Scalars as they are, maps and lists as YAML without the final newline. */
export function valueText(value: Json): string {
  return readablePlaceholders(typeof value === 'string' ? value : writeYaml(value).trimEnd());
}
