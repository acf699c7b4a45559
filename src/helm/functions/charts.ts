import { AbortError } from '../errors.ts';
import type { HelmFunction } from '../function.ts';
import { types } from '../value.ts';
import { define, takes } from './define.ts';

const { any, string } = takes;

/** Helm's own functions that are not about data formats. */
export const chartFunctions: readonly HelmFunction[] = [
  ...define('include', {
    takes: [string, any],
    gives: types.string,
    call: ([name, data], _, context) => context.include(name, data),
  }),
  ...define('tpl', {
    takes: [string, any],
    gives: types.string,
    call: ([text, data], _, context) => context.tpl(text, data),
  }),
  ...define('required', {
    takes: [string, any],
    gives: types.any,
    call: ([message, value]) => {
      if (value === null || value === '') throw new AbortError(message);
      return value;
    },
  }),
  ...define('fail', {
    takes: [string],
    gives: types.string,
    call: ([message]) => {
      throw new AbortError(message);
    },
  }),
  ...define('lookup', {
    takes: [string, string, string, string],
    gives: types.dict,
    varies: 'cluster',
    call: ([apiVersion, kind, namespace, name], _, context) => context.lookup(apiVersion, kind, namespace, name),
  }),
  // Asking the network's name server during a rendering is off in Helm too, unless it is asked for.
  ...define('getHostByName', { takes: [string], gives: types.string, call: () => '' }),
];
