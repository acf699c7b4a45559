import { describe, expect, test } from '@jest/globals';
import { fromText } from '../bytes.ts';
import { HelmError } from '../helm-error.ts';
import { newestHelm, profileOf } from '../profile.ts';
import { loadChart } from './load.ts';
import { readTable } from './read-yaml.ts';
import { checkSchemas } from './schema.ts';

function checked(schema: unknown, values: string): { readonly report: string; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'values.schema.json': typeof schema === 'string' ? schema : JSON.stringify(schema),
  };
  const source = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const chart = loadChart({ kind: 'folder', files: source }, { profile: profileOf(newestHelm)!, warn });
  try {
    checkSchemas(chart, readTable(fromText(values)), warn);
    return { report: '', warnings };
  } catch (error) {
    if (!(error instanceof HelmError) || error.stage !== 'schema') throw error;
    const [head, name, ...lines] = error.message.trimEnd().split('\n');
    expect([head, name]).toEqual([
      "values don't meet the specifications of the schema(s) in the following chart(s):",
      'shop:',
    ]);
    return { report: lines.join('\n'), warnings };
  }
}

const draft = (name: string) => ({ $schema: `http://json-schema.org/${name}/schema#` });

// The wording of the findings is that of Helm's schema library.
describe('findings', () => {
  test.each<[unknown, string, string]>([
    [{ properties: { a: { type: 'integer' } } }, 'a: x', "- at '/a': got string, want integer"],
    [{ properties: { a: { type: ['integer', 'null'] } } }, 'a: x', "- at '/a': got string, want integer or null"],
    [{ properties: { a: { type: 'integer' } } }, 'a: 1.0', ''],
    [{ required: ['a'] }, 'b: 1', "- at '': missing property 'a'"],
    [{ properties: { a: { uniqueItems: true } } }, 'a: [{b: 1}, {b: 2}]', ''],
    [{ required: ['constructor'] }, 'b: 1', "- at '': missing property 'constructor'"],
    [{ properties: { b: {} }, additionalProperties: false }, 'a: 1', "- at '': additional properties 'a' not allowed"],
    [{ properties: { a: { enum: ['x', 'y'] } } }, 'a: z', "- at '/a': value must be one of 'x', 'y'"],
    [{ properties: { a: { const: 5 } } }, 'a: 6', "- at '/a': value must be 5"],
    [{ properties: { a: { minimum: 3 } } }, 'a: 2', "- at '/a': minimum: got 2, want 3"],
    [{ properties: { a: { multipleOf: 0.1 } } }, 'a: 0.3', ''],
    [{ properties: { a: { minLength: 3 } } }, 'a: é', "- at '/a': minLength: got 1, want 3"],
    [{ properties: { a: { maxItems: 1 } } }, 'a: [1, 2]', "- at '/a': maxItems: got 2, want 1"],
    [{ properties: { a: { pattern: '^x' } } }, "a: y'", "- at '/a': 'y\\'' does not match pattern '^x'"],
    [{ properties: { a: { pattern: '^(?P<n>x)$' }, b: { pattern: 'z' } } }, 'a: x\nb: z', ''],
    ['{"if":{"required":["a"]},"then":{"required":["b"]}}', 'a: 1', "- at '': missing property 'b'"],
    [false, 'a: 1', "- at '': false schema"],
  ])('of %j for %j: %j', (schema, values, expected) => {
    expect(checked(schema, values).report).toBe(expected);
  });
});

describe('drafts', () => {
  test.each<[string, unknown, string, boolean]>([
    [
      '4 has boolean limits',
      { ...draft('draft-04'), properties: { a: { minimum: 1, exclusiveMinimum: true } } },
      'a: 1',
      false,
    ],
    ['6 has number limits', { ...draft('draft-06'), properties: { a: { exclusiveMinimum: 1 } } }, 'a: 1', false],
    ['7 checks formats', { ...draft('draft-07'), properties: { a: { format: 'ipv4' } } }, 'a: x', false],
    [
      '7 reads nothing beside $ref',
      {
        ...draft('draft-07'),
        properties: { a: { $ref: '#/definitions/any', type: 'integer' } },
        definitions: { any: {} },
      },
      'a: x',
      true,
    ],
    [
      '2019-09 reads what stands beside $ref',
      {
        $schema: 'https://json-schema.org/draft/2019-09/schema',
        properties: { a: { $ref: '#/$defs/any', type: 'integer' } },
        $defs: { any: {} },
      },
      'a: x',
      false,
    ],
    [
      '2020-12 has prefixItems and checks no formats',
      { properties: { a: { prefixItems: [{ type: 'string' }] }, b: { format: 'ipv4' } } },
      'a: [x]\nb: no',
      true,
    ],
    [
      'no draft knows nullable or id',
      { ...draft('draft-07'), id: 'x', properties: { a: { nullable: true, type: 'string' } } },
      'a: null',
      false,
    ],
    ['no draft knows nullable alone', { ...draft('draft-07'), properties: { a: { nullable: true } } }, 'a: 1', true],
  ])('%s', (_, schema, values, accepted) => {
    expect(checked(schema, values).report === '').toBe(accepted);
  });
});

test('references to other documents are refused, and unknown URNs let pass with a warning', () => {
  expect(checked({ properties: { a: { $ref: 'https://example.com/s.json' } } }, 'a: 1').report).toBe(
    'failing loading "https://example.com/s.json": references to other documents are not followed while rendering',
  );
  const { report, warnings } = checked({ properties: { a: { $ref: 'urn:shop:x' } } }, 'a: 1');
  expect({ report, warnings }).toEqual({
    report: '',
    warnings: ['unresolved URN reference ignored; using permissive schema urn=urn:shop:x'],
  });
});

test.each([
  ['{', 'no JSON'],
  ['[]', 'must be an object or a boolean'],
  [{ type: 'nothing' }, 'cannot be used'],
])('the schema %j is an error itself', (schema, message) => {
  expect(checked(schema, 'a: 1').report).toContain(message);
});

test("two schemas of one $id do not get in each other's way", () => {
  const schema = (type: string) => ({
    ...draft('draft-07'),
    $id: 'https://example.com/values',
    properties: { a: { type } },
  });
  expect(checked(schema('string'), 'a: x').report).toBe('');
  expect(checked(schema('integer'), 'a: x').report).toBe("- at '/a': got string, want integer");
  expect(checked({ ...draft('draft-07'), $id: draft('draft-07').$schema }, 'a: 1').report).toBe('');
  expect(checked({ ...draft('draft-07'), required: ['b'] }, 'a: 1').report).toBe("- at '': missing property 'b'");
});

test('a pattern that would backtrack for ever is matched in linear time', () => {
  const schema = { properties: { a: { pattern: '^(a+)+$' } } };
  expect(checked(schema, `a: ${'a'.repeat(5000)}b`).report).toContain('does not match pattern');
});

test('a schema that leads into itself without end is a limit, and no fault of ours', () => {
  const endless = { $defs: { x: { anyOf: [{ $ref: '#/$defs/x' }, { $ref: '#/$defs/x' }] } }, $ref: '#/$defs/x' };
  expect(() => checked(endless, 'a: 1')).toThrow('values.schema.json of shop leads into itself without end');
});
