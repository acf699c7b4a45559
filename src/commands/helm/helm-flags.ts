import { Problem } from '../../problem.ts';

/** How a flag of Helm's command line takes its value. */
export type FlagKind =
  /** `--flag`, `--flag=false` */
  | 'switch'
  /** One value; the last one counts. */
  | 'text'
  /** Repeatable, each value as it is. */
  | 'list'
  /** Repeatable, each value a comma-separated list. */
  | 'csv';

export interface HelmFlag {
  readonly kind: FlagKind;
  readonly short?: string;
  /** Taken when the flag stands without `=value`. */
  readonly bare?: string;
}

export interface ParsedFlags {
  readonly positional: readonly string[];
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  isSet(name: string): boolean;
  /** Names of the flags that were given. */
  readonly given: ReadonlySet<string>;
}

/**
 * Reads arguments as Helm's own parser does: `--name value`, `--name=value`, `-n value`, `-nvalue`, flags between
 * positional arguments, `--` ends the flags. Throws a `Problem` of reason `usage` in Helm's words.
 */
export function parseHelmFlags(argv: readonly string[], flags: Readonly<Record<string, HelmFlag>>): ParsedFlags {
  const shorts = new Map(Object.entries(flags).flatMap(([name, { short }]) => (short ? [[short, name] as const] : [])));
  const values = new Map<string, string[]>();
  const positional: string[] = [];

  function take(name: string, value: string): void {
    const flag = flags[name];
    if (flag === undefined) return;
    const items = flag.kind === 'csv' ? splitCsv(value) : [value];
    const known = flag.kind === 'list' || flag.kind === 'csv' ? (values.get(name) ?? []) : [];
    if (flag.kind === 'switch' && !/^(?:true|false|t|f|1|0)$/i.test(value)) {
      throw usage(
        `invalid argument ${JSON.stringify(value)} for "--${name}" flag: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
      );
    }
    values.set(name, [...known, ...items]);
  }

  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] ?? '';
    if (argument === '--') {
      positional.push(...argv.slice(at + 1));
      break;
    }
    if (!argument.startsWith('-') || argument === '-') {
      positional.push(argument);
      continue;
    }
    const parsed = argument.startsWith('--') ? longFlag(argument, flags) : shortFlag(argument, flags, shorts);
    for (const name of parsed.switches) take(name, 'true');
    if (parsed.name === undefined) continue;
    if (parsed.value !== undefined) take(parsed.name, parsed.value);
    else {
      at++;
      const next = argv[at];
      if (next === undefined) throw usage(`flag needs an argument: ${parsed.shown}`);
      take(parsed.name, next);
    }
  }

  return {
    positional,
    given: new Set(values.keys()),
    text: (name) => values.get(name)?.at(-1),
    list: (name) => values.get(name) ?? [],
    isSet: (name) => /^(?:true|t|1)$/i.test(values.get(name)?.at(-1) ?? ''),
  };
}

interface FoundFlag {
  /** Short switches that stand before it in one word: `-gn name`. */
  readonly switches: readonly string[];
  readonly name: string | undefined;
  readonly value: string | undefined;
  readonly shown: string;
}

function longFlag(argument: string, flags: Readonly<Record<string, HelmFlag>>): FoundFlag {
  const [name = '', ...rest] = argument.slice(2).split('=');
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) throw usage(`unknown flag: --${name}`);
  const bare = flag.kind === 'switch' ? 'true' : flag.bare;
  return { switches: [], name, value: rest.length > 0 ? rest.join('=') : bare, shown: `--${name}` };
}

function shortFlag(
  argument: string,
  flags: Readonly<Record<string, HelmFlag>>,
  shorts: ReadonlyMap<string, string>,
): FoundFlag {
  const switches: string[] = [];
  for (let at = 1; at < argument.length; at++) {
    const char = argument[at] ?? '';
    const name = shorts.get(char);
    if (name === undefined) throw usage(`unknown shorthand flag: '${char}' in ${argument}`);
    const rest = argument.slice(at + 1);
    if (flags[name]?.kind === 'switch' && !rest.startsWith('=')) switches.push(name);
    else
      return {
        switches,
        name,
        value: rest === '' ? undefined : rest.replace(/^=/, ''),
        shown: `'${char}' in ${argument}`,
      };
  }
  return { switches, name: undefined, value: undefined, shown: argument };
}

/** One line of CSV: quotes keep commas. */
function splitCsv(value: string): string[] {
  if (value === '') return [];
  const items: string[] = [];
  for (let rest: string | undefined = value; rest !== undefined; ) {
    const match: RegExpExecArray | null = /^(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/.exec(rest);
    if (match === null) throw usage(`invalid comma-separated list ${JSON.stringify(value)}`);
    items.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    rest = match[0].endsWith(',') ? rest.slice(match[0].length) : undefined;
  }
  return items;
}

function usage(message: string): Problem {
  return new Problem({ reason: 'usage', message });
}
