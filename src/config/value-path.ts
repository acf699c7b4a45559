/** Paths into values as Helm's --set writes them: `container.tag`, `hosts[0].name`, `annotations.example\.com/a`. */

export type ValuePath = readonly (string | number)[];

/** Helm's own limits for --set: deeper or longer is a mistake or an attack. */
const maxDepth = 30;
const maxIndex = 65_536;

export type ParsedValuePath =
  | { readonly kind: 'path'; readonly path: ValuePath }
  | { readonly kind: 'mistake'; readonly message: string };

/** Splits a dotted path; a backslash takes the next sign as it is. */
export function parseValuePath(text: string): ParsedValuePath {
  const path: (string | number)[] = [];
  let key = '';
  let open = true;
  let at = 0;
  while (at < text.length) {
    const sign = text[at];
    if (sign === '\\') {
      key += text[at + 1] ?? '';
      at += 2;
      continue;
    }
    if (sign === '[') {
      const index = /^\[(\d{1,6})\]/.exec(text.slice(at));
      if (index?.[1] === undefined) return mistake('a [ must be followed by a number and ]');
      if (Number(index[1]) > maxIndex) return mistake(`an index may be at most ${maxIndex}`);
      if (open) {
        if (key === '') return mistake('an index needs a key before it');
        path.push(key);
        key = '';
        open = false;
      }
      path.push(Number(index[1]));
      at += index[0].length;
      continue;
    }
    if (sign === '.') {
      if (open) {
        if (key === '') return mistake('a key between the dots is empty');
        path.push(key);
      }
      key = '';
      open = true;
    } else {
      if (!open) return mistake('after ] only . or [ may follow');
      key += sign;
    }
    at += 1;
  }
  if (open) {
    if (key === '') return mistake('the last key is empty');
    path.push(key);
  }
  if (path.length > maxDepth) return mistake(`it is deeper than ${maxDepth} keys`);
  const reserved = path.find((step) => step === '__proto__');
  if (reserved !== undefined) return mistake(`the key ${reserved} is not allowed`);
  return { kind: 'path', path };
}

/** Whether setting one of the two paths would touch the other: they are the same, or one leads through the other. */
export function touches(a: ValuePath, b: ValuePath): boolean {
  const shorter = a.length <= b.length ? a : b;
  return shorter.every((step, index) => step === a[index] && step === b[index]);
}

function mistake(message: string): ParsedValuePath {
  return { kind: 'mistake', message };
}
