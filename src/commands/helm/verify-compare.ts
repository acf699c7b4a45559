/** One rendering by Helm or by us. */
export interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Verdict =
  | { readonly kind: 'same' }
  /** Equal except for the lines in which two runs of Helm differ from each other. */
  | { readonly kind: 'same-but-random'; readonly lines: number }
  | { readonly kind: 'both-fail'; readonly helm: string; readonly ours: string }
  | { readonly kind: 'differs'; readonly cause: string; readonly excerpt: string }
  | { readonly kind: 'only-helm-fails'; readonly cause: string; readonly message: string }
  | { readonly kind: 'only-ours-fails'; readonly cause: string; readonly message: string };

/** Compares our rendering with Helm's; Helm ran twice, so that what is random by nature is not held against us. */
export function compareRuns(helm: Run, again: Run, ours: Run): Verdict {
  if (helm.exit !== 0 && ours.exit !== 0) return compareFailures(helm, ours);
  if (helm.exit !== 0) {
    const message = errorOf(helm);
    return { kind: 'only-helm-fails', cause: failureClass(message), message };
  }
  if (ours.exit !== 0) {
    const message = errorOf(ours);
    return { kind: 'only-ours-fails', cause: failureClass(message), message };
  }
  if (helm.stdout === ours.stdout) return { kind: 'same' };
  return again.exit === 0 && again.stdout !== helm.stdout
    ? compareVarying(helm.stdout, again.stdout, ours.stdout)
    : differs(helm.stdout.split('\n'), ours.stdout.split('\n'), () => false);
}

function compareFailures(helm: Run, ours: Run): Verdict {
  const messages = { helm: errorOf(helm), ours: errorOf(ours) };
  if (failureClass(messages.helm) === failureClass(messages.ours)) return { kind: 'both-fail', ...messages };
  return {
    kind: 'differs',
    cause: `fails differently: ${failureClass(messages.helm)} / ${failureClass(messages.ours)}`,
    excerpt: `helm: ${messages.helm}\nours: ${messages.ours}`,
  };
}

function compareVarying(helm: string, again: string, ours: string): Verdict {
  const lines = helm.split('\n');
  const others = again.split('\n');
  const own = ours.split('\n');
  // Certificates keep their number of lines, but a random text may be folded differently each time.
  if (lines.length !== others.length) return compareAround(lines, others, own);
  const varying = new Set(lines.flatMap((line, index) => (line === others[index] ? [] : [index])));
  const verdict = differs(lines, own, (index) => varying.has(index));
  return verdict.kind === 'same' ? { kind: 'same-but-random', lines: varying.size } : verdict;
}

/** For runs of different length: every line that both runs of Helm have must be ours too, in the same order. */
function compareAround(lines: readonly string[], others: readonly string[], own: readonly string[]): Verdict {
  const common = new Set(others);
  const fixed = lines.filter((line) => common.has(line));
  let at = 0;
  for (const line of fixed) {
    const found = own.indexOf(line, at);
    if (found < 0) return { kind: 'differs', cause: 'text', excerpt: `- ${line}` };
    at = found + 1;
  }
  return { kind: 'same-but-random', lines: lines.length - fixed.length };
}

function differs(helm: readonly string[], ours: readonly string[], ignored: (index: number) => boolean): Verdict {
  const length = Math.max(helm.length, ours.length);
  for (let index = 0; index < length; index++) {
    if (helm[index] === ours[index] || ignored(index)) continue;
    const context = helm.slice(Math.max(0, index - 2), index).map((line) => `  ${line}`);
    const source = helm.slice(0, index + 1).findLast((line) => line.startsWith('# Source: '));
    return {
      kind: 'differs',
      cause: helm.length === ours.length ? 'text' : 'number of lines',
      excerpt: [source ?? '', ...context, `- ${helm[index] ?? '‹end›'}`, `+ ${ours[index] ?? '‹end›'}`].join('\n'),
    };
  }
  return { kind: 'same' };
}

function errorOf(run: Run): string {
  const lines = run.stderr.split('\n');
  const first = lines.findIndex((line) => line.startsWith('Error: '));
  return first < 0 ? run.stderr.trim() : lines.slice(first).join('\n').trim();
}

/** What went wrong, without the names: failures are grouped by it. The first pattern that fits counts. */
const classes: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['missing dependencies', /missing in charts\/ directory/],
  ['library chart', /library charts are not installable/],
  ['schema', /specifications of the schema/],
  ['kubeVersion', /chart requires kubeVersion/],
  ['chart cannot be loaded', /Chart\.yaml|chart\.metadata|unpacking subchart|cannot load|unsupported chart version/],
  ['fail or required', /execution error at \(/],
  ['template does not parse', /parse error at \(|parse error in \(/],
  ['rendered text is no YAML', /YAML parse error on/],
  ['nil pointer', /nil pointer evaluating/],
  ['wrong field', /can't evaluate field/],
  ['wrong type of argument', /wrong type for value|expected (?:string|integer|float|bool|map)/],
  ['include', /no template "|error calling include/],
  ['function call', /error calling /],
  ['template execution', /executing "/],
  ['values', /failed (?:to parse|parsing)|type mismatch on/],
  ['limit', /more than|larger than/],
];

export function failureClass(message: string): string {
  return classes.find(([, pattern]) => pattern.test(message))?.[0] ?? 'other';
}
