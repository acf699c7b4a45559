import { describe, expect, test } from '@jest/globals';
import { fromText, toText } from '../../bytes.ts';
import { joinWords, pascalCase } from './words.ts';

/** Pairs as Helm 4.2.4 prints them. */
describe('words are split as xstrings splits them', () => {
  test.each([
    ['FirstName', 'first_name'],
    ['HTTPServer', 'http_server'],
    ['v2Beta', 'v2_beta'],
    ['HTTP20xOK', 'http_20x_ok'],
    ['Duration2m3s', 'duration_2m3s'],
    ['Bld4Floor3rd', 'bld4_floor_3rd'],
    ['GO PATH-x', 'go_path_x'],
    ['_Foo__Bar', '_foo__bar'],
    ['ÉcoleÀParis日本', 'école_à_paris_日本'],
    ['', ''],
  ])('snakecase %j', (text, expected) => {
    expect(toText(joinWords(fromText(text), '_'))).toBe(expected);
  });

  test('invalid bytes belong to the word that follows them', () => {
    expect(joinWords('a\xffB1', '_')).toBe('a_\xef\xbf\xbdb1');
  });

  test('kebabcase differs by its connector only', () => {
    expect(joinWords('FirstName HTTPServer', '-')).toBe('first-name-http-server');
  });

  test.each([
    ['http_server foo-bar', 'HttpServerFooBar'],
    ['_complex__case_', '_Complex_Case_'],
    ['GOLANG_IS_GREAT', 'GolangIsGreat'],
    ['élan vital', 'ÉlanVital'],
    ['__', '___'],
    ['', ''],
  ])('camelcase %j', (text, expected) => {
    expect(toText(pascalCase(fromText(text)))).toBe(expected);
  });
});
