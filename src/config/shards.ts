/** How a fleet is split into jobs, and which jobs wait for which. */
import { Problem } from '../problem.ts';
import type { Config } from './config.ts';
import { policyOf } from './policy.ts';
import { resolveReleases } from './resolve.ts';

/** One job: an environment, or some of its releases. */
export interface Shard {
  /** `production`, or `production-2` where the environment has several. */
  readonly name: string;
  readonly environment: string;
  /** None for all that the environment has, also what only its records know. */
  readonly releases: readonly string[];
  /** From 1 up; a shard waits for those of lower waves that it comes after. */
  readonly wave: number;
  /** Names of the shards that must have ended before. */
  readonly after: readonly string[];
}

export interface ShardsInput {
  readonly config: Config;
  readonly touched: readonly {
    readonly environment: string;
    readonly releases: readonly string[];
    readonly extent: 'all' | 'some';
  }[];
  /** Releases in one job at most; undefined for all of the environment. */
  readonly size: number | undefined;
  /** Plans wait for nothing; an apply keeps the order of `after` and `needs`. */
  readonly order: 'free' | 'kept';
}

/** A matrix of GitHub takes no more, and nobody has as many runners. */
const mostShards = 256;

/** Environments stand in the order of `after`, otherwise in that of the configuration. */
export function shardsOf(input: ShardsInput): readonly Shard[] {
  const shards: Shard[] = [];
  for (const environment of input.touched) {
    const before = input.order === 'free' ? [] : shardsBefore(input, environment.environment, shards);
    shards.push(...shardsOfEnvironment(input, environment, before));
  }
  if (shards.length <= mostShards) return shards;
  throw new Problem({
    reason: 'limit-exceeded',
    message: `${shards.length} jobs would be needed, and a matrix takes ${mostShards}`,
    hint: 'Put more releases into one job: --shard-size takes a larger number, or leave it out.',
  });
}

/** What comes before an environment may not be touched itself, and still come after something that is. */
function shardsBefore({ config }: ShardsInput, environment: string, shards: readonly Shard[]): readonly Shard[] {
  const names = new Set<string>();
  const visit = (name: string): void => {
    for (const before of policyOf(config, name)?.after ?? []) {
      if (names.has(before)) continue;
      names.add(before);
      visit(before);
    }
  };
  visit(environment);
  return shards.filter((shard) => names.has(shard.environment));
}

function shardsOfEnvironment(
  { config, size, order }: ShardsInput,
  { environment, releases, extent }: ShardsInput['touched'][number],
  before: readonly Shard[],
): readonly Shard[] {
  if (size === undefined || releases.length <= size)
    return [shard({ name: environment, environment, releases: extent === 'all' ? [] : releases, before })];
  const levels = order === 'free' ? [releases] : levelsOf(config, environment, releases);
  const shards: Shard[] = [];
  for (const level of levels) {
    const waitsFor = [...before, ...shards];
    for (let at = 0; at < level.length; at += size) {
      const name = `${environment}-${shards.length + 1}`;
      shards.push(shard({ name, environment, releases: level.slice(at, at + size), before: waitsFor }));
    }
  }
  return shards;
}

function shard({ before, ...rest }: Omit<Shard, 'wave' | 'after'> & { readonly before: readonly Shard[] }): Shard {
  const wave = 1 + Math.max(0, ...before.map((one) => one.wave));
  return { ...rest, wave, after: before.map(({ name }) => name) };
}

/** Each level needs only what earlier ones have; what the configuration no longer has is taken away last. */
function levelsOf(config: Config, environment: string, names: readonly string[]): readonly (readonly string[])[] {
  const resolved = policyOf(config, environment) === undefined ? [] : resolveReleases(config, environment);
  const level = new Map<string, number>();
  for (const { name, needs } of resolved)
    level.set(name, 1 + Math.max(-1, ...needs.map((need) => level.get(need) ?? -1)));
  const last = 1 + Math.max(-1, ...level.values());
  const levels = Array.from({ length: last + 1 }, (_, index) =>
    names.filter((name) => (level.get(name) ?? last) === index),
  );
  return levels.filter((one) => one.length > 0);
}

/** The shards of each wave, in order; none is empty. */
export function wavesOf(shards: readonly Shard[]): readonly (readonly Shard[])[] {
  const last = Math.max(0, ...shards.map(({ wave }) => wave));
  return Array.from({ length: last }, (_, index) => shards.filter(({ wave }) => wave === index + 1));
}
