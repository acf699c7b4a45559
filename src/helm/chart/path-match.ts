/**
 * Go's `filepath.Match` on `/` paths: `*` and `?` stay within one segment, `[a-z]` and `[^a-z]` match one character
 * (a slash too, as in Go), `\` escapes. Used by `.helmignore` and `--show-only`.
 */
type Token =
  | { readonly kind: 'text'; readonly char: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'star' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

export type PathPattern = readonly Token[];

/** The compiled pattern, or undefined where Go says `syntax error in pattern`. */
export function compilePathPattern(pattern: string): PathPattern | undefined {
  const chars = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; ) {
    const char = chars[at] ?? '';
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
      at++;
    } else if (char === '?') {
      tokens.push({ kind: 'one' });
      at++;
    } else if (char === '[') {
      const parsed = parseClass(chars, at + 1);
      if (parsed === undefined) return undefined;
      tokens.push(parsed.token);
      at = parsed.next;
    } else {
      if (char === '\\') at++;
      const literal = chars[at];
      if (literal === undefined) return undefined;
      tokens.push({ kind: 'text', char: literal });
      at++;
    }
  }
  return tokens;
}

/** Whether the whole path matches. Takes time in proportion to pattern × path at most. */
export function matchesPath(pattern: PathPattern, path: string): boolean {
  const chars = [...path];
  let token = 0;
  let at = 0;
  // Go never goes back further than the last star, and so this needs no more memory than one mark.
  let starToken = -1;
  let starAt = -1;
  while (at < chars.length) {
    const current = pattern[token];
    if (current?.kind === 'star') {
      starToken = token++;
      starAt = at;
    } else if (current !== undefined && matchesChar(current, chars[at] ?? '')) {
      token++;
      at++;
    } else if (starToken >= 0 && chars[starAt] !== '/') {
      starAt++;
      at = starAt;
      token = starToken + 1;
    } else {
      return false;
    }
  }
  while (pattern[token]?.kind === 'star') token++;
  return token === pattern.length;
}

function matchesChar(token: Token, char: string): boolean {
  switch (token.kind) {
    case 'text':
      return token.char === char;
    case 'one':
      return char !== '/';
    case 'star':
      return false;
    case 'class': {
      const code = char.codePointAt(0) ?? 0;
      const within = token.ranges.some(
        ([low, high]) => (low.codePointAt(0) ?? 0) <= code && code <= (high.codePointAt(0) ?? 0),
      );
      return within !== token.negated;
    }
  }
}

function parseClass(chars: readonly string[], start: number): { token: Token; next: number } | undefined {
  let at = start;
  const negated = chars[at] === '^';
  if (negated) at++;
  const ranges: [string, string][] = [];
  for (;;) {
    if (chars[at] === ']' && ranges.length > 0) return { token: { kind: 'class', negated, ranges }, next: at + 1 };
    const low = classChar(chars, at);
    if (low === undefined) return undefined;
    at = low.next;
    let high = low;
    if (chars[at] === '-') {
      const end = classChar(chars, at + 1);
      if (end === undefined) return undefined;
      high = end;
      at = end.next;
    }
    ranges.push([low.char, high.char]);
  }
}

/** One possibly escaped character of a class; Go demands that something follows it. */
function classChar(chars: readonly string[], at: number): { char: string; next: number } | undefined {
  const first = chars[at];
  if (first === undefined || first === '-' || first === ']') return undefined;
  const position = first === '\\' ? at + 1 : at;
  const char = chars[position];
  if (char === undefined || position + 1 >= chars.length) return undefined;
  return { char, next: position + 1 };
}
