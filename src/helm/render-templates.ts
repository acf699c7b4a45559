import { type ByteString, fromText, toText } from './bytes.ts';
import { baseName, type ChartTemplate } from './chart/templates.ts';
import { type DrawLog, type Draws, drawing } from './draws.ts';
import { helmFunctions } from './functions/index.ts';
import type { Limits } from './limits.ts';
import type { Profile } from './profile.ts';
import type { GoVersion } from './template/run.ts';
import { parseTemplates, type TemplateOptions } from './template/template-set.ts';
import type { Trace } from './template/trace.ts';
import { toValue } from './to-value.ts';

/** Everything a rendering may learn from outside; nothing else reaches a template. */
export interface World {
  /** Cryptographic randomness, for what charts generate. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Nanoseconds since 1970 UTC. */
  readonly now: () => bigint;
  /** IANA name of the zone that `date` prints in. */
  readonly timeZone: string;
  /** What `lookup` gives, as plain JSON data; absent, or undefined for an object: nothing is found. */
  readonly lookup?: (apiVersion: string, kind: string, namespace: string, name: string) => unknown;
  readonly limits?: Partial<Limits>;
}

export interface RenderedTemplates {
  /** The text of each. */
  readonly files: ReadonlyMap<ByteString, ByteString>;
  readonly drawn: DrawLog | undefined;
}

/**
 * Executes the templates in the order given and gives the text of each. Names that begin with `_` are only there to be
 * included. A trace records where everything comes from; `draws` says what random functions give. Throws
 * `TemplateError` or `LimitError`.
 */
export function renderTemplates(
  templates: readonly ChartTemplate[],
  profile: Profile,
  world: World,
  { trace, draws }: { readonly trace?: Trace | undefined; readonly draws?: Draws | undefined } = {},
): RenderedTemplates {
  const plain = templateOptions(profile, world);
  const drawn = draws === undefined ? undefined : drawing(draws, plain.functions, world.now);
  const options = {
    ...plain,
    ...(trace === undefined ? {} : { trace }),
    ...(drawn === undefined ? {} : { callVarying: drawn.call, environment: { ...plain.environment, now: drawn.now } }),
  };
  const set = parseTemplates(
    templates.map(({ name, source }) => ({ name, text: source })),
    options,
  );
  const rendered = new Map<ByteString, ByteString>();
  for (const { name, data, template } of templates) {
    if (baseName(name).startsWith('_')) continue;
    // The map is shared by all templates of a chart, as in Helm: a template that keeps `.` sees the next one's name.
    data.entries.set('Template', template);
    rendered.set(name, set.execute(name, data));
  }
  return { files: rendered, drawn: drawn?.log() };
}

/** The text of `--name-template`. Throws as `renderTemplates` does. */
export function renderText(text: string, profile: Profile, world: World): string {
  const name = 'name-template';
  const set = parseTemplates([{ name, text: fromText(text) }], templateOptions(profile, world));
  return toText(set.execute(name, null));
}

function templateOptions(profile: Profile, world: World): TemplateOptions {
  const { lookup } = world;
  const find =
    lookup === undefined
      ? {}
      : {
          lookup: (apiVersion: ByteString, kind: ByteString, namespace: ByteString, name: ByteString) =>
            toValue(lookup(toText(apiVersion), toText(kind), toText(namespace), toText(name)) ?? {}),
        };
  return {
    functions: helmFunctions(profile),
    environment: {
      randomBytes: world.randomBytes,
      now: world.now,
      get timeZone() {
        return world.timeZone;
      },
      ...find,
    },
    goVersion: `1.${profile.goMinor}` as GoVersion,
    errorLayout: profile.major === 3 ? 'chain' : 'blocks',
    ...(world.limits === undefined ? {} : { limits: world.limits }),
  };
}
