/** Tokens → nodes of one document, after libyaml's grammar. */
import { ALIAS_NODE, MAPPING_NODE, SCALAR_NODE, SEQUENCE_NODE, type YamlNode } from './node.ts';
import { createScanner, peekToken, skipToken } from './scanner.ts';
import {
  ALIAS,
  ANCHOR,
  BLOCK_END,
  BLOCK_ENTRY,
  BLOCK_MAPPING_START,
  BLOCK_SEQUENCE_START,
  DOCUMENT_END,
  DOCUMENT_START,
  FLOW_ENTRY,
  FLOW_MAPPING_END,
  FLOW_MAPPING_START,
  FLOW_SEQUENCE_END,
  FLOW_SEQUENCE_START,
  KEY,
  type Mark,
  SCALAR,
  type Scanner,
  type ScannerOptions,
  STREAM_END,
  syntaxError,
  TAG,
  TAG_DIRECTIVE,
  type Token,
  VALUE,
  VERSION_DIRECTIVE,
} from './tokens.ts';
import { YamlError } from './yaml-error.ts';

interface Parser {
  readonly scanner: Scanner;
  readonly anchors: Map<string, YamlNode>;
  readonly tagPrefixes: Map<string, string>;
  depth: number;
}

/**
 * The first document of the text, or undefined when there is none. What follows the first document is not looked at,
 * as in go-yaml's Unmarshal. Throws YamlError.
 */
export function parseDocument(text: string, options: ScannerOptions): YamlNode | undefined {
  const scanner = createScanner(text, options);
  const parser: Parser = { scanner, anchors: new Map(), tagPrefixes: new Map(), depth: 0 };
  peekToken(scanner);
  skipToken(scanner);
  const first = peekToken(scanner);
  if (first.type === STREAM_END) return undefined;
  let root: YamlNode;
  if (first.type === VERSION_DIRECTIVE || first.type === TAG_DIRECTIVE || first.type === DOCUMENT_START) {
    parseDirectives(parser);
    const start = peekToken(scanner);
    if (start.type !== DOCUMENT_START) throw parseError(parser, 'did not find expected <document start>', start);
    skipToken(scanner);
    const token = peekToken(scanner);
    root = startsNextDocument(token) ? emptyScalar(token) : parseNode(parser, 'block');
  } else {
    parseDirectives(parser);
    root = parseNode(parser, 'block');
  }
  // The token behind the document is read too: an unreadable one is an error of this document.
  peekToken(scanner);
  return root;
}

function startsNextDocument(token: Token): boolean {
  return (
    token.type === VERSION_DIRECTIVE ||
    token.type === TAG_DIRECTIVE ||
    token.type === DOCUMENT_START ||
    token.type === DOCUMENT_END ||
    token.type === STREAM_END
  );
}

function parseDirectives(parser: Parser): void {
  const { scanner, tagPrefixes } = parser;
  let versionSeen = false;
  for (let token = peekToken(scanner); ; token = peekToken(scanner)) {
    if (token.type === VERSION_DIRECTIVE) {
      if (versionSeen) throw parseError(parser, 'found duplicate %YAML directive', token);
      if (token.value !== '1.1') throw parseError(parser, 'found incompatible YAML document', token);
      versionSeen = true;
    } else if (token.type === TAG_DIRECTIVE) {
      if (tagPrefixes.has(token.value)) throw parseError(parser, 'found duplicate %TAG directive', token);
      tagPrefixes.set(token.value, token.suffix);
    } else break;
    skipToken(scanner);
  }
  if (!tagPrefixes.has('!')) tagPrefixes.set('!', '!');
  if (!tagPrefixes.has('!!')) tagPrefixes.set('!!', 'tag:yaml.org,2002:');
}

/** go-yaml prints the line of the parser's findings one too low. */
function parseError(parser: Parser, problem: string, mark: Mark): YamlError {
  const { firstLine } = parser.scanner;
  return syntaxError({ problem, goLine: mark.line, firstLine, line: mark.line, column: mark.column });
}

/** Where a node stands; a `member` of a block mapping may be a list at the column of its key. */
type NodePlace = 'block' | 'member' | 'flow';

function parseNode(parser: Parser, place: NodePlace): YamlNode {
  const { scanner } = parser;
  let token = peekToken(scanner);
  if (token.type === SCALAR) {
    skipToken(scanner);
    return scalarNode(token, '', token.plain, token);
  }
  if (token.type === ALIAS) {
    skipToken(scanner);
    return aliasNode(parser, token);
  }
  const start = token;
  let anchor = '';
  let tag = '';
  let tagToken: Token | undefined;
  for (;;) {
    if (token.type === ANCHOR && anchor === '') anchor = token.value;
    else if (token.type === TAG && tagToken === undefined) tagToken = token;
    else break;
    skipToken(scanner);
    token = peekToken(scanner);
  }
  if (tagToken !== undefined) tag = resolveTag(parser, tagToken);
  if (place === 'member' && token.type === BLOCK_ENTRY)
    return collection(parser, SEQUENCE_NODE, { start, tag, anchor }, parseIndentlessSequence);
  switch (token.type) {
    case SCALAR: {
      skipToken(scanner);
      const node = scalarNode(token, tag, (tag === '' && token.plain) || tag === '!', start);
      if (anchor !== '') parser.anchors.set(anchor, node);
      return node;
    }
    case FLOW_SEQUENCE_START:
      return collection(parser, SEQUENCE_NODE, { start, tag, anchor }, parseFlowSequence);
    case FLOW_MAPPING_START:
      return collection(parser, MAPPING_NODE, { start, tag, anchor }, parseFlowMapping);
    case BLOCK_SEQUENCE_START:
      if (place !== 'flow') return collection(parser, SEQUENCE_NODE, { start, tag, anchor }, parseBlockSequence);
      break;
    case BLOCK_MAPPING_START:
      if (place !== 'flow') return collection(parser, MAPPING_NODE, { start, tag, anchor }, parseBlockMapping);
      break;
  }
  if (anchor !== '' || tag !== '') {
    const node = newNode(SCALAR_NODE, { start, end: start.end, tag, value: '', plain: tag === '' });
    if (anchor !== '') parser.anchors.set(anchor, node);
    return node;
  }
  throw parseError(parser, 'did not find expected node content', token);
}

function resolveTag(parser: Parser, token: Token): string {
  if (token.value === '') return token.suffix;
  const prefix = parser.tagPrefixes.get(token.value);
  const tag = prefix === undefined ? '' : prefix + token.suffix;
  if (tag === '') throw parseError(parser, 'found undefined tag handle', token);
  return tag;
}

interface NodeStart {
  readonly start: Token;
  readonly tag: string;
  readonly anchor: string;
}

/** The anchor is known before the children are read, so that a collection may contain itself (and be refused later). */
function collection(
  parser: Parser,
  kind: number,
  { start, tag, anchor }: NodeStart,
  /** Fills the children and returns the offset behind the collection. */
  parseChildren: (parser: Parser, children: YamlNode[]) => number,
): YamlNode {
  const { scanner } = parser;
  const children: YamlNode[] = [];
  const node = {
    kind,
    tag,
    value: '',
    plain: false,
    flow: parseChildren === parseFlowSequence || parseChildren === parseFlowMapping,
    children,
    target: undefined,
    line: start.line,
    column: start.column,
    start: start.at,
    end: start.end,
  };
  if (anchor !== '') parser.anchors.set(anchor, node);
  parser.depth++;
  if (parser.depth > scanner.maxDepth) throw parseError(parser, `exceeded max depth of ${scanner.maxDepth}`, start);
  node.end = parseChildren(parser, children);
  parser.depth--;
  return node;
}

function parseBlockSequence(parser: Parser, children: YamlNode[]): number {
  const { scanner } = parser;
  skipToken(scanner);
  for (;;) {
    const entry = peekToken(scanner);
    if (entry.type === BLOCK_END) break;
    if (entry.type !== BLOCK_ENTRY) throw parseError(parser, "did not find expected '-' indicator", entry);
    skipToken(scanner);
    const next = peekToken(scanner).type;
    children.push(next === BLOCK_ENTRY || next === BLOCK_END ? emptyBehind(entry) : parseNode(parser, 'block'));
  }
  skipToken(scanner);
  return endOf(children);
}

/** `- a` at the column of the key that it belongs to. */
function parseIndentlessSequence(parser: Parser, children: YamlNode[]): number {
  const { scanner } = parser;
  for (;;) {
    const entry = peekToken(scanner);
    if (entry.type !== BLOCK_ENTRY) return endOf(children);
    skipToken(scanner);
    const next = peekToken(scanner).type;
    const empty = next === BLOCK_ENTRY || next === KEY || next === VALUE || next === BLOCK_END;
    children.push(empty ? emptyBehind(entry) : parseNode(parser, 'block'));
  }
}

function parseBlockMapping(parser: Parser, children: YamlNode[]): number {
  const { scanner } = parser;
  skipToken(scanner);
  for (;;) {
    const key = peekToken(scanner);
    if (key.type === BLOCK_END) break;
    if (key.type !== KEY) throw parseError(parser, 'did not find expected key', key);
    skipToken(scanner);
    children.push(parseBlockMappingPart(parser, key));
    const value = peekToken(scanner);
    if (value.type === VALUE) {
      skipToken(scanner);
      children.push(parseBlockMappingPart(parser, value));
    } else children.push(emptyAfter(children[children.length - 1] as YamlNode));
  }
  skipToken(scanner);
  return endOf(children);
}

function parseBlockMappingPart(parser: Parser, indicator: Token): YamlNode {
  const next = peekToken(parser.scanner).type;
  if (next === KEY || next === VALUE || next === BLOCK_END) return emptyBehind(indicator);
  return parseNode(parser, 'member');
}

function parseFlowSequence(parser: Parser, children: YamlNode[]): number {
  const { scanner } = parser;
  skipToken(scanner);
  for (let first = true; ; first = false) {
    let token = peekToken(scanner);
    if (token.type !== FLOW_SEQUENCE_END && !first) {
      if (token.type !== FLOW_ENTRY) throw parseError(parser, "did not find expected ',' or ']'", token);
      skipToken(scanner);
      token = peekToken(scanner);
    }
    if (token.type === FLOW_SEQUENCE_END) break;
    children.push(token.type === KEY ? parsePairInSequence(parser, token) : parseNode(parser, 'flow'));
  }
  return takeEnd(scanner);
}

/** Takes the closing bracket. */
function takeEnd(scanner: Scanner): number {
  const { end } = peekToken(scanner);
  skipToken(scanner);
  return end;
}

function endOf(children: readonly YamlNode[]): number {
  return children[children.length - 1]?.end ?? 0;
}

/** `[a: b]` holds one mapping of one pair. */
function parsePairInSequence(parser: Parser, start: Token): YamlNode {
  return collection(parser, MAPPING_NODE, { start, tag: '', anchor: '' }, (_, children) => {
    const { scanner } = parser;
    skipToken(scanner);
    const next = peekToken(scanner);
    if (next.type === VALUE || next.type === FLOW_ENTRY || next.type === FLOW_SEQUENCE_END) {
      // libyaml swallows the token here, which makes `[? , a]` and `[?]` odd in the same way.
      skipToken(scanner);
      children.push(emptyBehind(next));
    } else children.push(parseNode(parser, 'flow'));
    const value = peekToken(scanner);
    if (value.type === VALUE) {
      skipToken(scanner);
      const token = peekToken(scanner);
      const empty = token.type === FLOW_ENTRY || token.type === FLOW_SEQUENCE_END;
      children.push(empty ? emptyBehind(value) : parseNode(parser, 'flow'));
    } else children.push(emptyAfter(children[0] as YamlNode));
    return endOf(children);
  });
}

function parseFlowMapping(parser: Parser, children: YamlNode[]): number {
  const { scanner } = parser;
  skipToken(scanner);
  for (let first = true; ; first = false) {
    let token = peekToken(scanner);
    if (token.type !== FLOW_MAPPING_END && !first) {
      if (token.type !== FLOW_ENTRY) throw parseError(parser, "did not find expected ',' or '}'", token);
      skipToken(scanner);
      token = peekToken(scanner);
    }
    if (token.type === FLOW_MAPPING_END) break;
    if (token.type !== KEY) {
      children.push(parseNode(parser, 'flow'), emptyScalar(peekToken(scanner)));
      continue;
    }
    skipToken(scanner);
    token = peekToken(scanner);
    const keyEmpty = token.type === VALUE || token.type === FLOW_ENTRY || token.type === FLOW_MAPPING_END;
    children.push(keyEmpty ? emptyScalar(token) : parseNode(parser, 'flow'));
    token = peekToken(scanner);
    if (token.type === VALUE) {
      skipToken(scanner);
      token = peekToken(scanner);
      const empty = token.type === FLOW_ENTRY || token.type === FLOW_MAPPING_END;
      children.push(empty ? emptyScalar(token) : parseNode(parser, 'flow'));
    } else children.push(emptyScalar(token));
  }
  return takeEnd(scanner);
}

function aliasNode(parser: Parser, token: Token): YamlNode {
  const target = parser.anchors.get(token.value);
  if (target === undefined) {
    const problem = `unknown anchor '${token.value}' referenced`;
    throw new YamlError({
      kind: 'content',
      problem,
      message: `yaml: ${problem}`,
      line: parser.scanner.firstLine + token.line + 1,
      column: token.column + 1,
    });
  }
  return newNode(ALIAS_NODE, { start: token, end: token.end, tag: '', value: token.value, plain: false, target });
}

function scalarNode(token: Token, tag: string, plain: boolean, start: Token): YamlNode {
  return {
    kind: SCALAR_NODE,
    tag,
    value: token.value,
    plain,
    flow: false,
    children: none,
    target: undefined,
    line: start.line,
    column: start.column,
    start: start.at,
    end: token.end,
  };
}

/** A value that is not there: it stands where the next token begins. */
function emptyScalar(token: Token): YamlNode {
  return newNode(SCALAR_NODE, { start: token, end: token.at, tag: '', value: '', plain: true });
}

/** A value that is not there: it stands right behind its `-`, `?` or `:`. */
function emptyBehind(token: Token): YamlNode {
  return newNode(SCALAR_NODE, {
    start: { at: token.end, line: token.line, column: token.column + token.end - token.at },
    end: token.end,
    tag: '',
    value: '',
    plain: true,
  });
}

/** The value of a key that has no `:`. */
function emptyAfter(key: YamlNode): YamlNode {
  const start = { at: key.end, line: key.line, column: key.column };
  return newNode(SCALAR_NODE, { start, end: key.end, tag: '', value: '', plain: true });
}

interface NodeParts {
  readonly start: Mark;
  readonly end: number;
  readonly tag: string;
  readonly value: string;
  readonly plain: boolean;
  readonly target?: YamlNode;
}

const none: readonly YamlNode[] = [];

function newNode(kind: number, parts: NodeParts): YamlNode {
  const { start } = parts;
  return {
    kind,
    tag: parts.tag,
    value: parts.value,
    plain: parts.plain,
    flow: false,
    children: none,
    target: parts.target,
    line: start.line,
    column: start.column,
    start: start.at,
    end: parts.end,
  };
}
