/**
 * Markdown from hostile text. Chart text, live objects, names and messages can hold anything; nothing of it may become
 * markup, a mention, a link, an image, one of our markers, or a line that GitLab takes for a quick action.
 */
import { printable } from './terminal.ts';

const zeroWidthSpace = '\u200b';

/** Text for a heading, a table cell or a sentence: one line, every sign literal. */
export function text(value: string): string {
  return oneLine(value)
    .replace(/[^\p{L}\p{N} .,;:/()%→·…‹›'=+-]/gu, (sign) => `&#${sign.codePointAt(0)};`)
    .replaceAll('&#64;', `&#64;${zeroWidthSpace}`)
    .replaceAll('&#35;', `&#35;${zeroWidthSpace}`)
    .replace(/:\/\//g, `:${zeroWidthSpace}//`)
    .replace(/\bwww\./gi, `www${zeroWidthSpace}.`)
    .replace(/^([/+-])/, `${zeroWidthSpace}$1`);
}

/** A name or value in code type; safe in table cells, where backticks would leave `|` alive. */
export function code(value: string): string {
  return `<code>${text(value)}</code>`;
}

/**
 * A fenced block. Every line must start with a sign of ours (`+`, `-`, blank), so that no line of a stranger can begin
 * with `/` or close the fence; runs of backticks are broken as well, because a closing fence may be indented.
 */
export function fence(lines: readonly string[], language: string): string {
  const safe = lines.flatMap(singleLines).map((line) =>
    printable(line)
      .replace(/`{3,}/g, (run) => [...run].join(zeroWidthSpace))
      .replaceAll('<!--', `<${zeroWidthSpace}!--`),
  );
  return ['```' + language, ...safe.map((line) => (/^[+\-! @]/.test(line) ? line : ` ${line}`)), '```'].join('\n');
}

/** A key or name with a line break in it must not start a line of its own. */
function singleLines(line: string): string[] {
  const [first = '', ...rest] = line.split(/\r\n|[\r\n\u2028\u2029]/);
  return [first, ...rest.map((more) => `${/^[+-]/.test(line) ? line[0] : ' '} ${more}`)];
}

export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

function oneLine(value: string): string {
  return printable(value.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' '));
}
