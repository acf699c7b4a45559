import { describe, expect, test } from '@jest/globals';
import { readWords, unknownVerb } from './command-words.ts';
import type { OwnVerb } from './options.ts';
import { formatProblem, Problem } from './problem.ts';

function said(verb: OwnVerb, ...words: string[]): string {
  try {
    readWords(verb, words);
  } catch (error) {
    if (error instanceof Problem) return formatProblem(error);
    throw error;
  }
  throw new Error('nothing was wrong');
}

test('options, their short forms and words are told apart', () => {
  const { values, words } = readWords('plan', [
    '-n',
    'shop',
    'chart',
    '--values=a,b',
    '-f',
    'c',
    '--lines',
    '--',
    '-x',
  ]);
  expect([...values]).toEqual([
    ['namespace', ['shop']],
    ['values', ['a,b', 'c']],
    ['lines', ['true']],
  ]);
  expect(words).toEqual(['chart', '-x']);
});

describe('a mistake is said in our words, with what to do', () => {
  test.each<[OwnVerb, string[], string, string]>([
    ['plan', ['--namespce', 'shop'], 'plan has no option --namespce', 'Did you mean --namespace?'],
    ['plan', ['-q'], 'plan has no option -q', 'pushgate plan --help'],
    ['apply', ['--lines'], 'apply has no option --lines', '--lines is an option of plan, report.'],
    ['plan', ['-n'], '-n needs a value', 'pushgate plan --help'],
    ['plan', ['--namespace', '--lines'], '--namespace needs a value, and "--lines" looks like', '--namespace=--lines'],
    ['plan', ['--lines=yes'], '--lines takes no value, but has "yes"', 'pushgate plan --help'],
    ['plan', ['chart', '--set', 'a=b'], 'plan has no option --set', 'set: of the release in pushgate.yaml'],
    ['apply', ['-f', 'values.yaml'], 'apply has no option -f', 'values: of the release in pushgate.yaml'],
    ['apply', ['--dry-run'], 'apply has no option --dry-run', 'pushgate plan is the dry run'],
    ['apply', ['--constructor'], 'apply has no option --constructor', 'pushgate apply --help'],
  ])('%s %j: %s', (verb, words, message, hint) => {
    const text = said(verb, ...words);
    expect(text).toMatch(/^✖ usage: /);
    expect(text).toContain(message);
    expect(text).toContain(hint);
  });
});

describe('a command that is none', () => {
  test.each([
    ['upgrade', 'pushgate plan shows what would change, pushgate apply does it'],
    ['install', 'pushgate apply does it'],
    ['diff', 'pushgate plan is the diff'],
    ['uninstall', 'pushgate delete takes a release away'],
    ['list', 'pushgate status lists what is applied'],
    ['aply', 'Did you mean "apply"?'],
    ['toString', 'pushgate help lists the commands'],
  ])('%s: %s', (word, hint) => {
    expect(formatProblem(unknownVerb(word))).toContain(hint);
  });
});
