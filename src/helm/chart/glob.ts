/**
 * The patterns of `.Files.Glob`: `*` and `?` stay within one path segment, `**` crosses segments, `[abc]`, `[!abc]`,
 * `[a-z]`, `{one,two}` and `\` to escape. Source: the glob library Helm uses, with its separator set to `/`.
 */
type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'any' }
  | { readonly kind: 'super' }
  | { readonly kind: 'list'; readonly chars: ReadonlySet<string>; readonly negated: boolean }
  | { readonly kind: 'range'; readonly low: number; readonly high: number; readonly negated: boolean }
  | { readonly kind: 'choice'; readonly branches: readonly Glob[] };

export type Glob = readonly Node[];

const everything: Glob = [{ kind: 'super' }];

/** The compiled pattern. One that does not compile matches everything, as in Helm. */
export function compileGlob(pattern: string): Glob {
  const reader: Reader = { chars: [...pattern], at: 0 };
  try {
    return readSequence(reader, 0);
  } catch (error) {
    if (error instanceof BadGlob) return everything;
    throw error;
  }
}

/** Whether the whole path matches; polynomial for every pattern, because all positions advance together. */
export function matchesGlob(glob: Glob, path: string): boolean {
  const chars = [...path];
  return advance(glob, chars, new Set([0])).has(chars.length);
}

class BadGlob extends Error {}

interface Reader {
  readonly chars: readonly string[];
  at: number;
}

function readSequence(reader: Reader, depth: number): Node[] {
  // The library recurses per brace as well; a chart cannot have a use for this many.
  if (depth > 100) throw new BadGlob('nested too deeply');
  const nodes: Node[] = [];
  while (reader.at < reader.chars.length) {
    const char = reader.chars[reader.at];
    if (depth > 0 && (char === ',' || char === '}')) return nodes;
    if (char === '{') {
      reader.at++;
      nodes.push(readChoice(reader, depth + 1));
    } else if (char === '[') {
      reader.at++;
      nodes.push(readClass(reader));
    } else if (char === '?') {
      reader.at++;
      nodes.push({ kind: 'one' });
    } else if (char === '*') {
      const crossing = reader.chars[reader.at + 1] === '*';
      reader.at += crossing ? 2 : 1;
      nodes.push({ kind: crossing ? 'super' : 'any' });
    } else {
      nodes.push({ kind: 'text', text: readText(reader, depth > 0 ? '?*[{,}' : '?*[{') });
    }
  }
  return nodes;
}

function readChoice(reader: Reader, depth: number): Node {
  const branches: Glob[] = [];
  for (;;) {
    branches.push(readSequence(reader, depth));
    // A brace that is never closed ends with the pattern.
    const end = reader.chars[reader.at++];
    if (end !== ',') return { kind: 'choice', branches };
  }
}

function readClass(reader: Reader): Node {
  const negated = reader.chars[reader.at] === '!';
  if (negated) reader.at++;
  const low = reader.chars[reader.at];
  if (low === undefined) throw new BadGlob('unexpected end of input');
  if (reader.chars[reader.at + 1] === '-') {
    const high = reader.chars[reader.at + 2];
    if (high === undefined || reader.chars[reader.at + 3] !== ']') throw new BadGlob('expected close range character');
    const range = { low: low.codePointAt(0) ?? 0, high: high.codePointAt(0) ?? 0 };
    if (range.high < range.low) throw new BadGlob('hi character should be greater than lo');
    reader.at += 4;
    return { kind: 'range', ...range, negated };
  }
  const chars = readText(reader, ']');
  if (chars === '' || reader.chars[reader.at] !== ']') throw new BadGlob('could not parse range');
  reader.at++;
  return { kind: 'list', chars: new Set(chars), negated };
}

function readText(reader: Reader, breakers: string): string {
  let text = '';
  let escaped = false;
  for (; reader.at < reader.chars.length; reader.at++) {
    const char = reader.chars[reader.at] ?? '';
    if (!escaped && char === '\\') {
      escaped = true;
      continue;
    }
    if (!escaped && breakers.includes(char)) break;
    escaped = false;
    text += char;
  }
  return text;
}

function advance(glob: Glob, chars: readonly string[], from: ReadonlySet<number>): ReadonlySet<number> {
  let positions = from;
  for (const node of glob) {
    if (positions.size === 0) return positions;
    positions = step(node, chars, positions);
  }
  return positions;
}

function step(node: Node, chars: readonly string[], from: ReadonlySet<number>): ReadonlySet<number> {
  const reached = new Set<number>();
  switch (node.kind) {
    case 'text': {
      const text = [...node.text];
      for (const at of from) if (text.every((char, index) => chars[at + index] === char)) reached.add(at + text.length);
      return reached;
    }
    case 'any':
    case 'super':
      for (const start of from) {
        for (let at = start; at <= chars.length && !reached.has(at); at++) {
          reached.add(at);
          if (node.kind === 'any' && chars[at] === '/') break;
        }
      }
      return reached;
    case 'choice':
      for (const branch of node.branches) for (const at of advance(branch, chars, from)) reached.add(at);
      return reached;
    default:
      for (const at of from) {
        const char = chars[at];
        if (char !== undefined && matchesOne(node, char)) reached.add(at + 1);
      }
      return reached;
  }
}

function matchesOne(node: Extract<Node, { kind: 'one' | 'list' | 'range' }>, char: string): boolean {
  if (node.kind === 'one') return char !== '/';
  if (node.kind === 'list') return node.chars.has(char) !== node.negated;
  const code = char.codePointAt(0) ?? 0;
  return (node.low <= code && code <= node.high) !== node.negated;
}
