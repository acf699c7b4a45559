import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commentRefusal, readCommand } from './command.ts';

describe('a comment', () => {
  test.each([
    ['/pushgate plan', { kind: 'plan' }],
    ['/pushgate plan\r\n', { kind: 'plan' }],
    ['/pushgate apply', { kind: 'apply', digest: undefined }],
    ['/pushgate apply 1a2b-3c4d', { kind: 'apply', digest: '1a2b-3c4d' }],
    ['/pushgate apply dK77nSQlGa92sM-YcoJtNy', { kind: 'apply', digest: 'dK77nSQlGa92sM-YcoJtNy' }],
    ['/pushgate unlock', { kind: 'unlock', release: undefined }],
    ['/pushgate unlock catalog', { kind: 'unlock', release: 'catalog' }],
    ['/pushgate hold', { kind: 'hold', release: undefined, reason: undefined }],
    ['/pushgate hold web.eu the sale’s on', { kind: 'hold', release: 'web.eu', reason: 'the sale’s on' }],
  ])('%j is a command', (body, command) => {
    expect(readCommand(body)).toEqual(command);
  });

  test.each([
    ['words', 'Shall we /pushgate apply?'],
    ['a quote', '> /pushgate apply'],
    ['code', '`/pushgate apply`'],
    ['a fence', '```\n/pushgate apply\n```'],
    ['a blank before it', ' /pushgate apply'],
    ['a mark before it', '\u200b/pushgate apply'],
    ['another name', '/pushgated apply'],
    ['letters that look like it', '/рushgate apply'],
  ])('with %s is none', (_words, body) => {
    expect(readCommand(body)).toBeUndefined();
  });

  test.each([
    ['/pushgate'],
    ['/pushgate  apply'],
    ['/pushgate APPLY'],
    ['/pushgate apply '],
    ['/pushgate apply now'],
    ['/pushgate apply 1a2b-3c4d 5e6f-7a8b'],
    ['/pushgate apply --environment production'],
    ['/pushgate аpply'],
    ['/pushgate apply\u00a0'],
    ['/pushgate apply\nand thank you'],
    ['/pushgate apply\r/pushgate hold'],
    ['/pushgate unlock Catalog'],
    ['/pushgate unlock $(id)'],
    ['/pushgate hold catalog a\u202eb'],
    ['/pushgate destroy'],
  ])('%j is mistyped, and nothing is done', (body) => {
    expect(readCommand(body)).toBe('mistyped');
  });

  test('no text at all is a command but the very words', () => {
    const pieces = fc.array(fc.constantFrom('/pushgate', ' ', 'apply', 'plan', '\n', '>', '`', 'x', '\u200b', '-'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        const body = parts.join('');
        const command = readCommand(body);
        if (command !== undefined && command !== 'mistyped' && command.kind === 'apply')
          expect(body.replace(/\n+$/, '')).toBe('/pushgate apply');
      }),
    );
  });
});

describe('is obeyed', () => {
  const by = { name: 'rita', bot: false, mayWrite: true };

  test('when a writer has just made it', () => {
    expect(commentRefusal({ isNew: true, by })).toBeUndefined();
  });

  test.each([
    ['was edited', { isNew: false, by }],
    ['is a bot’s', { isNew: true, by: { ...by, bot: true } }],
    ['is a reader’s', { isNew: true, by: { ...by, mayWrite: false } }],
    ['is by somebody whose rights are hidden', { isNew: true, by: { ...by, mayWrite: undefined } }],
  ])('not when it %s', (_words, comment) => {
    expect(commentRefusal(comment)).toBeDefined();
  });
});
