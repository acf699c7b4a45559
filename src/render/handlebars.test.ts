import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { configOfCommandLine, resolveReleases } from '../config/index.ts';
import { formatProblem, Problem } from '../problem.ts';
import { renderHandlebars } from './handlebars.ts';
import { helpers } from './handlebars-helpers.ts';

const values = `container:
  image: mygoodies/web
  port: 8000
hosts: [a.example, b.example]
labels: { app: web, "example.com/tier": front }
off: false
none:
`;

describe('a template', () => {
  test.each([
    [
      'values, release and chart',
      'n: {{release.name}}.{{release.namespace}}\ni: {{values.container.image}}\nc: {{chart.name}}',
      'n: web.shop\ni: mygoodies/web\nc: web',
    ],
    ['text without HTML escapes', 'a: {{concat "<&>" "\'"}}', "a: <&>'"],
    [
      'each over lists and mappings',
      '{{#each values.hosts}}{{@index}}={{this}} {{/each}}{{#each values.labels}}{{@key}}:{{this}} {{/each}}',
      '0=a.example 1=b.example app:web example.com/tier:front ',
    ],
    [
      'if and unless, where what is not defined counts as empty',
      '{{#if values.off}}on{{else}}off{{/if}}{{#unless values.nowhere}}!{{/unless}}',
      'off!',
    ],
    ['with and the outer level', '{{#with values.container}}{{port}} {{../release.name}}{{/with}}', '8000 web'],
    ['null as nothing', 'a:{{values.none}}', 'a:'],
    [
      'default',
      '{{default values.nowhere 3}} {{default values.off "x"}} {{default values.container.port 1}}',
      '3 x 8000',
    ],
    ['quote', '{{quote values.container.port}} {{quote "a\\"b"}}', '"8000" "a\\"b"'],
    ['json', '{{json values.labels}}', '{"app":"web","example.com/tier":"front"}'],
    ['yaml and nindent', 'l:{{nindent 2 (yaml values.labels)}}', 'l:\n  app: web\n  example.com/tier: front'],
    ['indent', '{{indent 2 "a\n\nb"}}', '  a\n\n  b'],
    [
      'base64 and sha256',
      '{{base64 "nëu"}} {{sha256 "a"}}',
      'bsOrdQ== ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    ],
    ['upper and lower', '{{upper "a"}}{{lower "B"}}', 'Ab'],
    [
      'comparisons',
      '{{#if (and (eq values.container.port 8000) (ne 1 2) (or values.off true) (not values.off))}}yes{{/if}}',
      'yes',
    ],
  ])('has %s', (_, template, expected) => {
    expect(render({ 'web/a.yaml.hbs': template })).toEqual({ 'web/a.yaml.hbs': expected });
  });

  test('calls partials, which may have parameters and keep the indentation', () => {
    const rendered = render({
      'web/templates/a.yaml': 'labels:\n  {{> labels}}\nname: {{> naming/full suffix="x"}}\n',
      'web/_labels.hbs': '{{#each values.labels}}\n{{@key}}: {{this}}\n{{/each}}\n',
      'web/partials/naming/full.hbs': '{{release.name}}-{{suffix}}',
    });

    expect(rendered).toEqual({
      'web/templates/a.yaml': 'labels:\n  app: web\n  example.com/tier: front\nname: web-x\n',
    });
  });

  test('is every *.hbs and all YAML in templates/; hidden files and other files are not', () => {
    const rendered = render({
      'web/templates/deep/a.yaml': 'a',
      'web/b.hbs': 'b',
      'web/other.yaml': 'no {{template',
      'web/.c.hbs': 'no {{template',
    });

    expect(Object.keys(rendered)).toEqual(['web/b.hbs', 'web/templates/deep/a.yaml']);
  });
});

describe('a mistake in a template is shown where it is', () => {
  test('a key that does not exist, with the nearest one and where that is', () => {
    expect(failure({ 'web/templates/service.yaml': 'kind: Service\nport: {{values.container.prot}}\n' })).toBe(
      [
        '✖ render-failed: web/templates/service.yaml:2:26',
        '  container has no key "prot"; did you mean "port"? (web/values.yaml:3)',
        '  2 | port: {{values.container.prot}}',
        '    |                          ^',
      ].join('\n'),
    );
  });

  test.each([
    ['inside of each', '{{#each values.labels}}{{nope}}{{/each}}', 'a text or number, which has no keys'],
    [
      'inside of with',
      '{{#with values.container}}\n{{imag}}{{/with}}',
      ':2:3\n  container has no key "imag"; did you mean "image"?',
    ],
    ['at the top', '{{valeus.container.port}}', ':1:3\n  the top has no key "valeus"; did you mean "values"?'],
    ['of something that does not exist', '{{values.nowhere.at.all}}', ':1:10\n  values has no key "nowhere"'],
    ['in the argument of a helper', 'x: {{quote values.prot}}', ':1:4\n  quote got a value that is not defined'],
    ['for each', '{{#each values.host}}{{/each}}', ':1:1\n  {{#each}} got a value that is not defined'],
    ['the constructor', '{{constructor}}', ':1:3\n  the top has no key "constructor"'],
    ["a value's constructor", '{{values.container.constructor}}', 'container has no key "constructor"'],
    ['a prototype', '{{values.__proto__.x}}', ':1:10\n  values has no key "__proto__"'],
    [
      'a whole mapping as text',
      'a\n{{values.container}}',
      ':2:1\n  values.container is a mapping or a list and cannot be printed as text; write {{json values.container}}',
    ],
    ['a whole list as text', '{{values.hosts}}', ':1:1\n  values.hosts is a mapping or a list'],
    ['an unknown helper', '\n {{qoute values.none}}', ':2:2\n  there is no helper "qoute"; did you mean "quote"?'],
    ['an unknown partial', '\n {{> lables}}', ':2:2\n  there is no partial "lables"; there are labels, loop'],
    ['a partial with a computed name', '{{> (lookup values "off")}}', 'the name of a partial must be written out'],
    ['a block that is not closed', 'a\n{{#if values.off}}\n', 'the template ends inside of a block'],
    ['a block closed by another', '{{#if values.off}}{{/each}}', '{{/each}} does not close {{#if}}'],
    ['broken braces', 'a\n{{#if}', ':2\n  this is not Handlebars'],
    ['partials without end', '{{> loop}}', 'its partials call each other without end'],
    ['a required value', '{{required "say which image" values.none}}', ':1:1\n  say which image'],
    ['too few arguments', '{{default values.off}}', 'default takes 2 arguments, but got 1'],
    [
      'a mistake in a partial, with the file of the partial',
      '{{> labels}}',
      'web/_labels.hbs:2:10\n  values has no key "nowhere"',
    ],
    ['the log helper', '{{log "x"}}', 'there is no helper "log"'],
  ])('%s', (_, template, expected) => {
    const files = { 'web/a.hbs': template, 'web/_labels.hbs': '\n{{values.nowhere}}', 'web/_loop.hbs': '{{> loop}}' };

    expect(failure(files)).toContain(expected);
  });

  test('lookup reaches nothing but what is there', () => {
    const template =
      '{{lookup values "__proto__"}}{{lookup values.container "constructor"}}{{lookup values.hosts "length"}}';

    expect(render({ 'web/a.hbs': template })).toEqual({ 'web/a.hbs': '2' });
  });

  test('two partials of one name', () => {
    expect(failure({ 'web/a.hbs': '', 'web/_x.hbs': '', 'web/partials/x.hbs': '' })).toContain(
      'two partials are called "x"',
    );
  });

  test('a chart.yaml with a key that means nothing', () => {
    expect(failure({ 'web/a.hbs': '', 'web/chart.yaml': 'name: web\nversoin: "1"\n' })).toContain(
      '✖ render-failed: web/chart.yaml:2:1\n  unknown key "versoin"; a Handlebars chart has name, version, appVersion, description',
    );
  });
});

test('the reference lists every helper as it is', () => {
  const reference = readFileSync(new URL('../../docs/handlebars.md', import.meta.url), 'utf8');

  for (const { help } of Object.values(helpers)) expect(reference).toContain(`- ${help}\n`);
});

function render(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const all = { 'web/values.yaml': values, ...files };
  const map = new Map(Object.entries(all).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const config = configOfCommandLine({ chart: 'web', namespace: 'shop' });
  const texts = renderHandlebars({
    chart: { files: map, path: 'web', origin: '' },
    folder: 'web',
    release: resolveReleases(config, 'default')[0]!,
    values: [],
    settings: [],
  });
  return Object.fromEntries(texts.map(({ source, text }) => [source, text]));
}

function failure(files: Readonly<Record<string, string>>): string {
  try {
    render(files);
  } catch (error) {
    if (error instanceof Problem) return formatProblem(error);
    throw error;
  }
  throw new Error('it was rendered');
}
