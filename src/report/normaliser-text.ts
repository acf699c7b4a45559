/** The table of what is no difference, printed from the rules themselves. */
import { drawnRules } from '../plan/drawn.ts';
import { normaliserRules, normaliserVerbs } from '../plan/normalise.ts';

const rules = [...normaliserRules, ...drawnRules];

/** For a terminal: path, what becomes of it, why. */
export function normaliserText(): string {
  const rows = rules.map(({ path, does, because }) => [path, normaliserVerbs[does], because] as const);
  const [wide, wider] = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map(
    ([path, does, because]) => `${path.padEnd(wide ?? 0)}  ${does.padEnd(wider ?? 0)}  ${because}`,
  );
  return [...lines, '', ...notes].join('\n');
}

/** docs/normaliser.md. */
export function normaliserPage(): string {
  return [
    '# What is no difference',
    '',
    'A plan compares what is there with what would be there, and a digest covers every difference that is left after these',
    'rules. Nothing else is hidden. `pushgate explain --normaliser` prints the same table.',
    '',
    '| path | what becomes of it | why |',
    '|---|---|---|',
    ...rules.map(({ path, does, because }) => `| \`${path}\` | ${normaliserVerbs[does]} | ${because} |`),
    '',
    ...notes,
    '',
  ].join('\n');
}

const notes: readonly string[] = [
  '`*` stands for one key or any element of a list, `**` for any number of them. Integers are compared by value, however',
  'long they are. Elements of a list are matched by what tells them apart (name, key, port …); another order is a',
  'difference. A masked value enters a digest as a keyed hash; without `--key` it does not enter at all, and the hash of',
  'the files that it comes from stands for it. Drift that an ignore rule of the environment covers is left out too.',
];
