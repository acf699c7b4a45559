import type { ByteString } from '../bytes.ts';
import type { HelmFunction } from '../function.ts';
import { types } from '../value.ts';
import { define, takes } from './define.ts';

const { string } = takes;

/** sprig's functions on paths; those of the operating system are the same, since Helm's charts are rendered on Unix. */
export const pathFunctions: readonly HelmFunction[] = [
  ...onPath(['base', 'osBase'], base),
  ...onPath(['dir', 'osDir'], (path) => clean(path.slice(0, path.lastIndexOf('/') + 1))),
  ...onPath(['clean', 'osClean'], clean),
  ...onPath(['ext', 'osExt'], (path) => /\.[^./]*$/.exec(path)?.[0] ?? ''),
  ...define(['isAbs', 'osIsAbs'], { takes: [string], gives: types.bool, call: ([path]) => path.startsWith('/') }),
];

function onPath(names: readonly string[], change: (path: ByteString) => ByteString): HelmFunction[] {
  return define(names, { takes: [string], gives: types.string, call: ([path]) => change(path) });
}

function base(path: ByteString): ByteString {
  if (path === '') return '.';
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end).split('/').at(-1) || '/';
}

/** Go's path.Clean: no `.`, no `..` but at the start, no doubled slash. */
function clean(path: ByteString): ByteString {
  const rooted = path.startsWith('/');
  const kept: ByteString[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return rooted ? `/${kept.join('/')}` : kept.join('/') || '.';
}
