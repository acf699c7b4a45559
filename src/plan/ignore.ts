/** Ignore rules: drift that a team has decided not to see, with a reason and an end. */
import type { IgnoreRule } from '../config/config.ts';
import type { ResourceKey } from '../resource/resource.ts';
import { overlap } from './path.ts';

/**
 * Whether a rule that has not expired covers the path of an object. `path` is formatted as `formatPath` writes it; a
 * rule covers everything inside the path it names. A rule's `until` day is the last day on which it counts (UTC).
 */
export function isIgnored(key: ResourceKey, path: string, rules: readonly IgnoreRule[], now: Date): boolean {
  return rules.some(
    (rule) =>
      (rule.kind === undefined || rule.kind === key.kind) &&
      (rule.name === undefined || rule.name === key.name) &&
      (rule.namespace === undefined || rule.namespace === key.namespace) &&
      path.length >= rule.path.length &&
      overlap(rule.path, path) &&
      !isExpired(rule, now),
  );
}

export function isExpired(rule: IgnoreRule, now: Date): boolean {
  return rule.until !== undefined && now.toISOString().slice(0, 10) > rule.until;
}
