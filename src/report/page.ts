/**
 * One HTML page that stands by itself: what a run planned, did or found, as a tree that can be searched. It loads
 * nothing, and its own script is the only one that the browser may run.
 */
import { createHash } from 'node:crypto';
import { escapeMarkup } from './markup.ts';
import { printable } from './terminal.ts';

/** How a line is to be read at a glance. */
export type Tone = 'good' | 'change' | 'danger' | 'quiet';

export interface Page {
  readonly title: string;
  /** A line below the title. */
  readonly about: string;
  readonly environments: readonly PageEnvironment[];
  /** Where the run is, for who wants its log. */
  readonly runUrl: string | undefined;
}

export interface PageEnvironment {
  readonly name: string;
  readonly target: string;
  readonly notes: readonly PageNote[];
  readonly releases: readonly PageRelease[];
}

export interface PageNote {
  readonly tone: Tone;
  readonly text: string;
}

export interface PageRelease {
  readonly name: string;
  readonly tone: Tone;
  /** What became of it, or will. */
  readonly words: string;
  readonly notes: readonly PageNote[];
  readonly objects: readonly PageObject[];
}

export interface PageObject {
  readonly tone: Tone;
  /** `+ ~ - …`, as in the terminal. */
  readonly sign: string;
  readonly name: string;
  readonly words: string;
  readonly meaning: readonly PageNote[];
  /** Lines of a diff, each with its sign. */
  readonly lines: readonly string[];
}

const style = `
:root { color-scheme: light dark; --line: #d0d7de; --quiet: #59636e; --good: #1a7f37; --change: #9a6700; --danger: #cf222e; --back: #f6f8fa; --plus: #dafbe1; --minus: #ffebe9 }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --quiet: #9198a1; --good: #3fb950; --change: #d29922; --danger: #f85149; --back: #151b23; --plus: #12261e; --minus: #25171c } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem } h3 { font-size: 1rem; margin: 0; display: inline }
p { margin: .25rem 0 } .quiet, small { color: var(--quiet) } .good { color: var(--good) } .change { color: var(--change) } .danger { color: var(--danger) }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem .7rem; margin: 1rem 0 0; border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit }
section.release { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; overflow: hidden }
section.release > header { background: var(--back); padding: .45rem .8rem } section.release > p { padding: 0 .8rem }
details, div.object { border-top: 1px solid var(--line); padding: .35rem .8rem } summary { cursor: pointer }
.sign { display: inline-block; width: 1.1em; font-family: ui-monospace, monospace; font-weight: 600 }
code, pre { font: 13px/1.45 ui-monospace, monospace } pre { margin: .4rem 0; overflow-x: auto }
pre span { display: block; padding: 0 .5rem; white-space: pre } .plus { background: var(--plus) } .minus { background: var(--minus) }
[hidden] { display: none }
`;

const script = `
const field = document.querySelector('input');
const objects = [...document.querySelectorAll('[data-text]')];
const holders = [...document.querySelectorAll('section.release, section.environment')];
field.addEventListener('input', () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const object of objects) object.hidden = !words.every((word) => object.dataset.text.includes(word));
  for (const holder of holders) holder.hidden = words.length > 0 && !holder.querySelector('[data-text]:not([hidden])');
});
`;

const scriptHash = createHash('sha256').update(script).digest('base64');

/** The page as one file. Everything that is not its own is text: chart names and live values cannot become markup. */
export function writePage({ title, about, environments, runUrl }: Page): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'`;
  const run = runUrl !== undefined && /^https?:\/\//.test(runUrl) ? ` · <a href="${text(runUrl)}">run</a>` : '';
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="viewport" content="width=device-width"><title>${text(title)}</title><style>${style}</style></head><body>`,
    `<h1>${text(title)}</h1><p class="quiet">${text(about)}${run}</p>`,
    '<input type="search" placeholder="Find: a name, a kind, a field, a value" aria-label="Find">',
    ...environments.map(environmentHtml),
    `<script>${script}</script></body></html>`,
    '',
  ].join('\n');
}

function environmentHtml({ name, target, notes, releases }: PageEnvironment): string {
  return `<section class="environment"><h2>${text(name)}</h2><p class="quiet">${text(target)}</p>${notes.map(noteHtml).join('')}${releases.map((release) => releaseHtml(name, release)).join('\n')}</section>`;
}

function noteHtml({ tone, text: words }: PageNote): string {
  return `<p class="${tone}">${text(words)}</p>`;
}

function releaseHtml(environment: string, { name, tone, words, notes, objects }: PageRelease): string {
  const head = `<header data-text="${text(searchable([environment, name, words]))}"><h3>${text(name)}</h3> <span class="${tone}">${text(words)}</span></header>`;
  const rows = objects.map((object) => objectHtml(`${environment} ${name}`, object)).join('\n');
  return `<section class="release">${head}${notes.map(noteHtml).join('')}${rows}</section>`;
}

function objectHtml(where: string, { tone, sign, name, words, meaning, lines }: PageObject): string {
  const said = meaning.map((note) => `<span class="${note.tone}">${text(note.text)}</span>`).join('; ');
  const head = `<span class="sign ${tone}">${text(sign)}</span><code>${text(name)}</code> ${text(words)}${said === '' ? '' : ` <small>${said}</small>`}`;
  const found = `data-text="${text(searchable([where, name, words, ...meaning.map((note) => note.text), ...lines]))}"`;
  if (lines.length === 0) return `<div class="object" ${found}>${head}</div>`;
  const open = tone === 'danger' ? ' open' : '';
  return `<details ${found}${open}><summary>${head}</summary><pre>${lines.map(lineHtml).join('')}</pre></details>`;
}

function lineHtml(line: string): string {
  const side = line.startsWith('+') ? ' class="plus"' : line.startsWith('-') ? ' class="minus"' : '';
  return `<span${side}>${text(line)}</span>`;
}

function searchable(parts: readonly string[]): string {
  return parts.join(' ').toLowerCase().slice(0, 4000);
}

function text(value: string): string {
  return escapeMarkup(printable(value));
}
