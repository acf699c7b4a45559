import { describe, expect, test } from '@jest/globals';
import { logText } from './log-text.ts';

const hostile = [
  ['an escape that clears the screen', 'a\u001b[2Jb'],
  ['an escape that writes a title', '\u001b]0;evil\u0007'],
  ['a colour', '\u001b[32mall is well\u001b[0m'],
  ['an escape of one byte', '\u009b2K'],
  ['a section of GitLab', 'section_start:1700000000:evil[collapsed=true]\r\u001b[0Knothing to see'],
  ['a note of Jenkins', '\u001b[8mha:AAAA\u001b[0m'],
  ['a note of Buildkite', '\u001b_bk;t=1\u0007'],
  ['a line that overwrites another', 'failed\rpassed'],
  ['text that runs backwards', 'admin\u202etxt.exe'],
] as const;

describe('nothing that a terminal acts on comes from a text', () => {
  test.each(hostile)('%s', (_, text) => {
    const shown = logText(text, { style: 'plain', env: { GITLAB_CI: 'true' } });
    expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(shown).toContain('\ufffd');
  });

  test.each(hostile)('%s stays in JSON what it is', (_, text) => {
    const json = logText(JSON.stringify({ text }), { style: 'plain', env: {} });
    expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(JSON.parse(json)).toEqual({ text });
  });

  test('our own colours stay where there are colours, and nothing else does', () => {
    const painted = '\u001b[32m✔\u001b[0m\u001b[2J\u001b[8mhidden';
    expect(logText(painted, { style: 'colour', env: {} })).toBe('\u001b[32m✔\u001b[0m\ufffd[2J\ufffd[8mhidden');
    expect(logText(painted, { style: 'plain', env: {} })).not.toContain('\u001b');
  });

  test('lines, tabs, accents and signs stay', () => {
    const text = 'é ✖ →\ta\n  b\u200dc 🚀';
    expect(logText(text, { style: 'plain', env: { GITHUB_ACTIONS: 'true' } })).toBe(text);
    expect(logText('a\r\nb', { style: 'plain', env: {} })).toBe('a\nb');
  });
});

describe('no runner finds a command', () => {
  test.each([
    ['GITHUB_ACTIONS', '::error::b', /^\s*::/],
    ['GITHUB_ACTIONS', 'x ##[set-output name=a]b', /##\[/],
    ['GITHUB_ACTIONS', '\u0085::add-mask::a', /^\s*::/],
    ['TF_BUILD', 'x ##vso[task.setvariable variable=a]b', /##vso\[/],
    ['TEAMCITY_VERSION', "##teamcity[setParameter name='a']", /##teamcity\[/],
  ])('in a job with %s: %s', (variable, text, command) => {
    expect(logText(text, { style: 'plain', env: { [variable]: 'true' } })).not.toMatch(command);
    const json = logText(JSON.stringify([text]), { style: 'plain', env: { [variable]: 'true' } });
    expect(json).not.toMatch(command);
    expect(JSON.parse(json)).toEqual([text]);
  });
});
