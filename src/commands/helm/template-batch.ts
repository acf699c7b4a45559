import { Problem } from '../../problem.ts';

/** One line of a batch file, as arguments of the verb. */
export interface BatchJob {
  readonly id: string;
  readonly argv: readonly string[];
  /** File for the output; with `.err` behind it for the error. Undefined: standard output. */
  readonly out: string | undefined;
}

const keys = ['id', 'release', 'chart', 'args', 'values', 'out'] as const;

/**
 * The jobs of a batch file: one JSON object a line, `{"id","release","chart","args","values","out"}`. `args` is a list
 * of further flags, `values` a values file or a list of them. Blank lines are skipped. Throws a `Problem` that names
 * the line.
 */
export function readBatch(text: string, file: string): BatchJob[] {
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [readJob(line, `${file}:${index + 1}`)]));
}

function readJob(line: string, where: string): BatchJob {
  let job: unknown;
  try {
    job = JSON.parse(line);
  } catch (error) {
    throw invalid(where, `the line is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof job !== 'object' || job === null || Array.isArray(job)) throw invalid(where, 'the line is no JSON object');
  const fields = new Map<string, unknown>(Object.entries(job));
  for (const key of fields.keys()) {
    if (!keys.some((known) => known === key)) throw invalid(where, `unknown key ${JSON.stringify(key)}`);
  }
  const text = (key: string) => {
    const value = fields.get(key) ?? undefined;
    if (value !== undefined && typeof value !== 'string') throw invalid(where, `${key} must be a text`);
    return value;
  };
  const list = (key: string) => {
    const value = fields.get(key) ?? [];
    const items = typeof value === 'string' && key === 'values' ? [value] : value;
    if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) {
      throw invalid(where, `${key} must be a list of texts`);
    }
    return items as readonly string[];
  };
  const chart = text('chart');
  if (chart === undefined) throw invalid(where, 'chart is missing');
  const release = text('release');
  return {
    id: text('id') ?? release ?? chart,
    argv: [
      ...(release === undefined ? [] : [release]),
      chart,
      // Joined, so that a comma in a file name is no separator, and a name that begins with a dash is no flag.
      ...list('values').map((path) => `--values="${path.replaceAll('"', '""')}"`),
      ...list('args'),
    ],
    out: text('out'),
  };
}

function invalid(where: string, message: string): Problem {
  return new Problem({
    reason: 'usage',
    message,
    where,
    hint: 'A job is {"id","release","chart","args":[…],"values":[…],"out"}, one a line.',
  });
}
