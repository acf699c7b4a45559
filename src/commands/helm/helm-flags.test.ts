import { describe, expect, test } from '@jest/globals';
import { parseHelmFlags } from './helm-flags.ts';

const flags = {
  namespace: { kind: 'text', short: 'n' },
  set: { kind: 'list' },
  values: { kind: 'csv', short: 'f' },
  'is-upgrade': { kind: 'switch' },
  'generate-name': { kind: 'switch', short: 'g' },
  wait: { kind: 'text', bare: 'watcher' },
} as const;

function parsed(...argv: readonly string[]) {
  const found = parseHelmFlags(argv, flags);
  return {
    positional: found.positional,
    namespace: found.text('namespace'),
    set: found.list('set'),
    values: found.list('values'),
    upgrade: found.isSet('is-upgrade'),
    generate: found.isSet('generate-name'),
  };
}

const nothing = { positional: [], namespace: undefined, set: [], values: [], upgrade: false, generate: false };

describe("Helm's flags", () => {
  test.each([
    [['a', '-n', 'ns', 'b'], { positional: ['a', 'b'], namespace: 'ns' }],
    [['-nns'], { namespace: 'ns' }],
    [['-n=ns'], { namespace: 'ns' }],
    [['--namespace=a', '--namespace', 'b'], { namespace: 'b' }],
    [['--set', 'a=b,c=d', '--set=e=f'], { set: ['a=b,c=d', 'e=f'] }],
    [['-f', 'a.yaml,b.yaml', '--values', '"c,d.yaml"'], { values: ['a.yaml', 'b.yaml', 'c,d.yaml'] }],
    [['--is-upgrade'], { upgrade: true }],
    [['--is-upgrade=false'], { upgrade: false }],
    [['-gn', 'x'], { generate: true, namespace: 'x' }],
    [['--set', '-x=1'], { set: ['-x=1'] }],
    [['--wait', 'chart'], { positional: ['chart'] }],
    [['--', '--namespace'], { positional: ['--namespace'] }],
    [['-'], { positional: ['-'] }],
  ])('%j', (argv, expected) => {
    expect(parsed(...argv)).toEqual({ ...nothing, ...expected });
  });

  test.each([
    [['--nope'], 'unknown flag: --nope'],
    [['--__proto__'], 'unknown flag: --__proto__'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['--namespace'], 'flag needs an argument: --namespace'],
    [['--is-upgrade=maybe'], 'invalid argument "maybe" for "--is-upgrade" flag'],
  ])('refuses %j', (argv, message) => {
    expect(() => parsed(...argv)).toThrow(message);
  });
});
