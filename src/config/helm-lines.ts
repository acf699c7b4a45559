/** What `helm upgrade` and `helm install` lines of scripts deploy, as far as a line says it without variables. */

export type HelmLine =
  | {
      readonly kind: 'release';
      readonly where: string;
      readonly name: string;
      readonly chart: string;
      readonly namespace: string | undefined;
      readonly values: readonly string[];
      /** Flags that change what is deployed or where, and that a proposal does not take over; without values, which may be secret. */
      readonly leftOut: readonly string[];
    }
  | { readonly kind: 'unclear'; readonly where: string; readonly text: string; readonly why: string };

/** Flags that take no value; every other flag without `=` takes the next word. */
const switches =
  /^(-i|--install|--atomic|--wait|--wait-for-jobs|--create-namespace|--force|--debug|--dry-run|--cleanup-on-fail|--dependency-update|--devel|--no-hooks|--reset-values|--reuse-values|--reset-then-reuse-values|--skip-crds|--verify|--server-side|--rollback-on-failure)$/;

/** What differs when these are forgotten. */
const telling =
  /^--(set|set-string|set-json|set-file|set-literal|kube-context|kubeconfig|post-renderer|repo|reuse-values|reset-then-reuse-values|skip-crds|no-hooks)$/;

/** Every such line of a file; continued lines are one. */
export function helmLines(path: string, text: string): readonly HelmLine[] {
  const found: HelmLine[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at] ?? '';
    const where = `${path}:${at + 1}`;
    while (line.endsWith('\\') && at + 1 < lines.length) {
      at += 1;
      line = `${line.slice(0, -1)} ${lines[at]?.trim() ?? ''}`;
    }
    const match = /(?:^|[\s;&|"'`-])helm3?\s+(upgrade|install)\s+(.*)$/.exec(line);
    if (match === null || /^\s*(#|\/\/)/.test(line)) continue;
    found.push(readLine(where, match[2] ?? ''));
  }
  return found;
}

function readLine(where: string, rest: string): HelmLine {
  const text = rest.split(/\s(?:&&|\|\||[;|>]|2>)/)[0]?.trim() ?? '';
  // What GitHub and Taskfiles put in braces may hold blanks, and is one word all the same.
  const whole = text.replace(/\{\{[^}]*\}\}/g, (expression) => expression.replace(/\s/g, ''));
  const words = (whole.match(/"[^"]*"|'[^']*'|[^\s"']+(?:"[^"]*"|'[^']*')?/g) ?? []).map((word) =>
    word.replace(/^["']|["']$/g, ''),
  );
  const plain: string[] = [];
  const flags = new Map<string, string[]>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) {
      plain.push(word);
      continue;
    }
    const [name = '', own] = word.includes('=')
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word];
    if (own === undefined && switches.test(name)) {
      flags.set(name, []);
      continue;
    }
    if (own === undefined) at += 1;
    flags.set(name, [...(flags.get(name) ?? []), own ?? words[at] ?? '']);
  }
  const [name = '', chart = ''] = plain;
  const namespace = [...(flags.get('-n') ?? []), ...(flags.get('--namespace') ?? [])].at(-1);
  const values = [...(flags.get('-f') ?? []), ...(flags.get('--values') ?? [])].flatMap((value) => value.split(','));
  const all = [name, chart, namespace ?? '', ...values];
  if (all.some((word) => /[$`{}%]/.test(word))) return { kind: 'unclear', where, text, why: 'it has variables' };
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || chart === '')
    return { kind: 'unclear', where, text, why: 'release and chart are not both there' };
  return {
    kind: 'release',
    where,
    name,
    chart: tidy(chart),
    namespace,
    values: values.map(tidy),
    leftOut: leftOut(flags),
  };
}

function leftOut(flags: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...flags]
    .filter(([name]) => telling.test(name))
    .flatMap(([name, given]) =>
      name.startsWith('--set') ? given.flatMap(keysOf).map((key) => `${name} ${key}`) : [name],
    );
}

/** The paths of `a.b=1,c=2`. */
function keysOf(assignments: string): readonly string[] {
  return assignments.split(/,(?=[^,={}"]+=)/).map((one) => one.split('=')[0] ?? '');
}

function tidy(path: string): string {
  return path.replace(/^(\.\/)+/, '').replace(/\/+$/, '') || '.';
}
