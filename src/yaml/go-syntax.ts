/** Values as Go's `%#v` prints them inside error messages that Helm users know. */
import { formatGoFloat, maxInt64 } from './go-number.ts';
import { ALIAS_NODE, MAPPING_NODE, SCALAR_NODE, SEQUENCE_NODE, type YamlNode } from './node.ts';
import { resolveScalar } from './resolve.ts';

const maxNodes = 200;

/** `map[interface {}]interface {}{"a":1}`; nested nulls are `interface {}(nil)`, a null by itself is `<nil>`. */
export function goSyntax(node: YamlNode): string {
  const text = syntax(node, { left: maxNodes });
  return text === nil ? '<nil>' : text;
}

const nil = 'interface {}(nil)';

function syntax(node: YamlNode, budget: { left: number }): string {
  if (budget.left-- <= 0) return '…';
  switch (node.kind) {
    case SCALAR_NODE:
      return scalarSyntax(node);
    case SEQUENCE_NODE:
      return `[]interface {}{${node.children.map((child) => syntax(child, budget)).join(', ')}}`;
    case MAPPING_NODE: {
      const pairs = new Map<string, string>();
      for (let i = 0; i < node.children.length; i += 2) {
        pairs.set(syntax(node.children[i] as YamlNode, budget), syntax(node.children[i + 1] as YamlNode, budget));
      }
      return `map[interface {}]interface {}{${Array.from(pairs, (pair) => pair.join(':'))
        .sort()
        .join(', ')}}`;
    }
    case ALIAS_NODE:
      return node.target === undefined ? nil : syntax(node.target, budget);
    default:
      return nil;
  }
}

function scalarSyntax(node: YamlNode): string {
  const resolved = resolveScalar(node);
  if (typeof resolved === 'string') return quote(node.value);
  switch (resolved.type) {
    case 'null':
      return nil;
    case 'bool':
      return String(resolved.value);
    case 'int':
      return resolved.value > maxInt64 ? `0x${resolved.value.toString(16)}` : resolved.value.toString();
    case 'float':
      return formatGoFloat(resolved.value);
    default:
      return quote(node.value);
  }
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** strconv.Quote: everything that is not printable gets an escape. */
function quote(value: string): string {
  const escaped = value.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu, (character) => {
    const rune = character.codePointAt(0) ?? 0;
    if (shortEscapes[character] !== undefined) return shortEscapes[character];
    if (rune < 0x80) return `\\x${rune.toString(16).padStart(2, '0')}`;
    return rune > 0xffff ? `\\U${rune.toString(16).padStart(8, '0')}` : `\\u${rune.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}
