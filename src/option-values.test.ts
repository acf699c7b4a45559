import { describe, expect, test } from '@jest/globals';
import { outputs } from './commands/telling/outputs.ts';
import { lookalikes, refuseWrongValue } from './option-values.ts';
import type { OptionName, Verb } from './options.ts';
import { optionRows, variableOf } from './options.ts';

describe('a value that an option does not take is refused before anything is done', () => {
  test.each<[Verb, OptionName, string, string]>([
    ['apply', 'timeout', 'abc', 'no length of time'],
    ['apply', 'lock-timeout', '5 minutes', 'no length of time'],
    ['status', 'output', 'markdown', 'it takes text, json'],
    ['plan', 'comment', 'nevr', 'it takes auto, always, never'],
    ['plan', 'detailed-exitcode', 'yes', 'it takes true, false'],
  ])('%s, %s: %s', (verb, name, value, message) => {
    expect(() => refuseWrongValue({ verb, name }, value, `--${name} ${value}`)).toThrow(message);
  });

  test.each<[Verb, OptionName, string]>([
    ['apply', 'timeout', '1h30m'],
    ['apply', 'timeout', '0'],
    ['plan', 'detailed-exitcode', 'false'],
    ['plan', 'output', 'markdown'],
    ['apply', 'reports', 'anything'],
  ])('%s takes %s: %s', (verb, name, value) => {
    expect(() => refuseWrongValue({ verb, name }, value, value)).not.toThrow();
  });

  test('a near one is suggested', () => {
    expect(() => refuseWrongValue({ verb: 'plan', name: 'output' }, 'jsn', '--output jsn')).toThrow(
      expect.objectContaining({ hint: 'Did you mean json?' }),
    );
  });
});

describe('variables', () => {
  test.each([
    ['PUSHGATE_RELEASES', 'PUSHGATE_RELEASE'],
    ['PUSHGATE_EXPECTED_DIGEST', 'PUSHGATE_EXPECT_DIGEST'],
    ['PUSHGATE_LOCKTIMEOUT', 'PUSHGATE_LOCK_TIMEOUT'],
    ['pushgate_token', 'PUSHGATE_TOKEN'],
  ])('%s is told of, and %s suggested, without its value', (name, meant) => {
    expect(lookalikes({ [name]: 'secret-value' })).toEqual([
      `${name} is no option and is not read. Did you mean ${meant}?`,
    ]);
  });

  test('of options, of the GitLab templates, of outputs and of other people are not', () => {
    const names = [
      ...(Object.keys(optionRows) as OptionName[]).map(variableOf),
      ...['VERSION', 'CHECKSUM', 'PACKAGE', 'IMAGE', 'HOME', 'DATABASE_PASSWORD'].map((name) => `PUSHGATE_${name}`),
      ...Object.keys(outputs).map((name) => `PUSHGATE_${name.replaceAll('-', '_').toUpperCase()}`),
      'TOKEN',
    ];
    expect(lookalikes(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  });
});
