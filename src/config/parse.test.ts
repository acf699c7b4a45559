import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatProblem, Problem } from '../problem.ts';
import type { Config } from './config.ts';
import { type ConfigFiles, parseConfig } from './parse.ts';

const complete = `version: 1
defaults: { namespace: shop }
releases:
  - name: database
    chart: { repository: https://charts.example.com/, name: postgresql, version: 16.2.1 }
  - name: catalog
    chart: ./charts/catalog
    values: [values/catalog.yaml, "values/catalog.{environment}.yaml"]
    set: { replicaCount: 3 }
    late: { container.tag: { env: IMAGE_TAG, matches: "^sha-[0-9a-f]{40}$" } }
    secrets: { db.password: DB_PASSWORD }
    needs: [database]
  - name: cart
    namespace: cart
    chart: oci://ghcr.io/mygoodies/cart
    version: 2.0.0
  - name: infra
    chart: { git: https://git.example.com/infra.git, ref: v3, path: overlays/shop }
environments:
  staging:
    cluster: { context: minikube }
    refs: [main]
    gate: { mode: none }
  production:
    cluster: { context: prod }
    refs: [main, "release/*"]
    after: [staging]
    releases: [catalog, cart]
    overrides: { cart: { version: 1.4.2 } }
    gate: { mode: merge, approvals: 2 }
    prune: { brake: { objects: 5, percent: 10 }, protect: [Namespace] }
    drift: { mode: heal, ignore: [{ kind: Deployment, path: spec.replicas, reason: autoscaler, until: 2027-01-01 }] }
    namespaces: [shop, "team-*"]
  rendered:
    manifests: { repository: ., branch: deploy/production, path: . }
`;

describe('a valid configuration', () => {
  const config = parse(complete);

  test('has its releases with every kind of chart', () => {
    expect(config.releases.map(({ name, namespace, chart }) => ({ name, namespace, chart }))).toEqual([
      {
        name: 'database',
        namespace: 'shop',
        chart: {
          kind: 'repository',
          repository: 'https://charts.example.com',
          name: 'postgresql',
          version: '16.2.1',
        },
      },
      { name: 'catalog', namespace: 'shop', chart: { kind: 'path', path: 'charts/catalog' } },
      {
        name: 'cart',
        namespace: 'cart',
        chart: { kind: 'oci', url: 'oci://ghcr.io/mygoodies/cart', version: '2.0.0' },
      },
      {
        name: 'infra',
        namespace: 'shop',
        chart: { kind: 'git', repository: 'https://git.example.com/infra.git', ref: 'v3', path: 'overlays/shop' },
      },
    ]);
    expect(config.releases[1]).toMatchObject({
      values: ['values/catalog.yaml', 'values/catalog.{environment}.yaml'],
      set: { replicaCount: 3 },
      late: { 'container.tag': { env: 'IMAGE_TAG', matches: '^sha-[0-9a-f]{40}$' } },
      secrets: { 'db.password': 'DB_PASSWORD' },
      needs: ['database'],
    });
  });

  test('has ignore rules whose paths name elements in anybody’s words', () => {
    const path = 'spec.groups[my group].rules["a..b"]';
    const text = complete.replace('path: spec.replicas,', `path: '${path}',`);
    const [rule] = parse(text).environments.find(({ name }) => name === 'production')?.drift.ignore ?? [];
    expect(rule?.path).toBe(path);
    expect(() => parse(complete.replace('path: spec.replicas,', 'path: "spec .replicas",'))).toThrow('not the path');
  });

  test('has its environments as they were written', () => {
    expect(config.environments[1]).toEqual({
      name: 'production',
      target: { kind: 'cluster', context: 'prod' },
      refs: ['main', 'release/*'],
      after: ['staging'],
      releases: ['catalog', 'cart'],
      overrides: { cart: { version: '1.4.2', values: [], set: {}, late: {}, secrets: {} } },
      gate: { mode: 'merge', approvals: 2, selfApproval: false },
      prune: { brake: { objects: 5, percent: 10 }, protect: ['Namespace'] },
      drift: {
        mode: 'heal',
        ignore: [
          {
            kind: 'Deployment',
            name: undefined,
            namespace: undefined,
            path: 'spec.replicas',
            reason: 'autoscaler',
            until: '2027-01-01',
          },
        ],
      },
      namespaces: ['shop', 'team-*'],
    });
  });

  test('asks for a merge with one approval where no gate is written, and brakes deletions', () => {
    expect(config.environments[2]).toEqual({
      name: 'rendered',
      target: { kind: 'manifests', repository: '.', branch: 'deploy/production', path: '.' },
      refs: ['main', 'master'],
      after: [],
      releases: ['database', 'catalog', 'cart', 'infra'],
      overrides: {},
      gate: { mode: 'merge', approvals: 1, selfApproval: false },
      prune: {
        brake: { objects: 20, percent: 30 },
        protect: ['Namespace', 'PersistentVolumeClaim', 'CustomResourceDefinition'],
      },
      drift: { mode: 'report', ignore: [] },
      namespaces: undefined,
    });
  });
});

test('an environment says how long an apply waits, and what is no length of time is refused with its place', () => {
  const parse = (timeout: string) => {
    const text = `version: 1\nenvironments:\n  production:\n    cluster: {}\n    wait: { timeout: ${timeout} }\n`;
    return parseConfig({ file: 'pushgate.yaml', files: { read: () => text, paths: () => [] } }).environments[0]?.wait;
  };
  expect(parse('1h30m')).toEqual({ timeout: '1h30m' });
  expect(() => parse('soon')).toThrow(
    expect.objectContaining({
      where: expect.stringContaining('pushgate.yaml:5'),
      message: expect.stringContaining('no length of time'),
    }),
  );
});

describe('the times of a gate', () => {
  const written = (gate: string): string =>
    `version: 1\nenvironments:\n  production:\n    cluster: {}\n    gate:\n${gate}`;

  test('are read in UTC where no zone is written', () => {
    const text = written('      windows: [{ schedule: 0 8 * * 1-5, duration: 9h }]\n');
    const [environment] = parseConfig({
      file: 'pushgate.yaml',
      files: { read: () => text, paths: () => [] },
    }).environments;
    expect(environment?.gate.windows).toEqual([
      { schedule: '0 8 * * 1-5', duration: '9h', zone: 'UTC', reason: undefined },
    ]);
  });

  test.each([
    ['windows: []', 'pushgate.yaml:6', 'windows is empty'],
    ['freezes: [{ schedule: 0 25 * * *, duration: 9h }]', 'pushgate.yaml:6', '"25" is no hour'],
    ['freezes: [{ schedule: 0 5 * * *, duration: 9h, zone: Mars }]', 'pushgate.yaml:6', 'is no time zone'],
  ])('are refused with their place: %s', (gate, where, message) => {
    const text = written(`      ${gate}\n`);
    expect(() => parseConfig({ file: 'pushgate.yaml', files: { read: () => text, paths: () => [] } })).toThrow(
      expect.objectContaining({
        reason: 'config-invalid',
        where: expect.stringContaining(where),
        message: expect.stringContaining(message),
      }),
    );
  });
});

describe('a mistake is named with its line', () => {
  test('an unknown key, with the nearest known one', () => {
    expect(failure('version: 1\nrelases: []\n')).toBe(
      [
        '✖ config-invalid: pushgate.yaml:2',
        '  unknown key "relases"; did you mean "releases"?',
        '  2 | relases: []',
        '    | ^',
      ].join('\n'),
    );
  });

  test('an unknown key that is like none, with those that are known there', () => {
    expect(failure('version: 1\ndefaults:\n  qqqqqqqq: 1\n')).toContain(
      'unknown key "qqqqqqqq"\n  3 |   qqqqqqqq: 1\n    |   ^\n  defaults knows namespace, helm.',
    );
  });

  test('several at once, in the order of the file', () => {
    const text = failure(`version: 1
releases:
  - name: Catalog
    chart: charts/catalog
    values: values.yaml
  - chart: { git: "https://x.example/y", reff: main }
environments:
  production:
    gate: { mode: merg, approvals: one }
`);

    expect(messages(text)).toEqual([
      'pushgate.yaml:3 releases[0].name: "Catalog" is not a name of a release: lower-case letters, digits, dashes and dots, at most 53',
      'pushgate.yaml:5 releases[0].values must be a list, but "values.yaml" is there',
      'pushgate.yaml:6 releases[1] needs "name"',
      'pushgate.yaml:6 releases[1].chart needs "ref"',
      'pushgate.yaml:6 unknown key "reff"; did you mean "ref"?',
      'pushgate.yaml:9 environments.production.gate.mode must be merge, environment, comment or none, but "merg" is there',
      'pushgate.yaml:9 environments.production.gate.approvals must be a number, but "one" is there',
    ]);
  });

  test.each([
    [
      'a version that YAML reads as a number',
      release('chart: "oci://a.io/b"\n    version: 1.4'),
      'Write it in quotes: "1.4"',
    ],
    ['a chart outside of the repository', release('chart: ../other'), 'chart "../other" leads out of the repository'],
    ['an absolute chart', release('chart: /etc'), 'chart "/etc" is absolute'],
    ['a chart address that is no oci://', release('chart: https://a.io/b.tgz'), 'neither a path nor an oci:// address'],
    ['an oci:// chart without version', release('chart: oci://a.io/b'), '"oci://a.io/b" needs a version'],
    ['a range of versions', release('chart: oci://a.io/b\n    version: ^1.2'), '"^1.2" is not an exact version'],
    [
      'a plain http repository',
      release('chart: { repository: "http://a.io", name: b, version: 1.0.0 }'),
      '"http://a.io" is not an https:// address',
    ],
    [
      'a login in an address',
      release('chart: { repository: "https://u:p@a.io", name: b, version: 1.0.0 }'),
      'holds a login',
    ],
    [
      'a Git repository on the machine',
      release('chart: { git: "file:///srv/a.git", ref: main }'),
      'is not https:// or ssh://',
    ],
    [
      'a Git repository over plain http',
      release('chart: { git: "http://a.io/b", ref: main }'),
      'is not an https:// address',
    ],
    [
      'another program as Git transport',
      release('chart: { git: "ext::sh -c id", ref: main }'),
      '"ext::sh -c id" is not an address of a Git repository',
    ],
    [
      'a ref that git would read as an option',
      release('chart: { git: "https://a.io/b", ref: --upload-pack }'),
      '"--upload-pack" is not the name',
    ],
    [
      'a version for a chart of this repository',
      release('chart: a\n    version: 1.0.0'),
      'its version cannot be chosen',
    ],
    [
      'an unknown placeholder',
      release('chart: a\n    values: ["v.{env}.yaml"]'),
      'has the placeholder {env}; only {environment} is known',
    ],
    [
      'a pattern that is none',
      release('chart: a\n    late: { tag: { env: A, matches: "(" } }'),
      '"(" is not a regular expression: ',
    ],
    [
      'a variable name that is none',
      release('chart: a\n    secrets: { tag: "a b" }'),
      '"a b" is not the name of an environment variable',
    ],
    [
      'a path into values that is none',
      release('chart: a\n    set: { a..b: 1 }'),
      '"a..b" is not a path into values: a key between the dots is empty',
    ],
    [
      'one value set twice',
      release('chart: a\n    set: { db: {} }\n    secrets: { db.password: P }'),
      'secrets.db.password and set.db set the same value',
    ],
    ['a missing namespace', 'version: 1\nreleases:\n  - name: a\n    chart: b\n', 'release "a" has no namespace'],
    ['an impossible namespace', release('chart: a\n    namespace: Shop'), '"Shop" is not the name of a namespace'],
    ['an unknown release in needs', release('chart: a\n    needs: [cataloq]'), 'there is no release "cataloq"'],
    [
      'a release that needs itself',
      release('chart: a\n    needs: [catalog]'),
      'releases need each other: catalog → catalog',
    ],
    ['an unknown release in an environment', environment('releases: [cataloq]'), 'Did you mean "catalog"?'],
    ['an unknown environment in after', environment('after: [stagng]'), 'there is no environment "stagng"'],
    [
      'an environment after itself',
      environment('after: [production]'),
      'environments wait for each other: production → production',
    ],
    ['an override for an unknown release', environment('overrides: { cart: {} }'), 'there is no release "cart"'],
    [
      'an override for a release that lives elsewhere',
      environment('releases: []\n    overrides: { catalog: {} }'),
      'not among the releases of production',
    ],
    [
      'a version where the chart has none',
      environment('overrides: { catalog: { version: 1.0.0 } }'),
      'its version cannot be chosen',
    ],
    ['a glob with other signs', environment('refs: ["release/[0-9]"]'), '[ has no meaning here'],
    ['no refs at all', environment('refs: []'), 'nothing could ever be applied here'],
    [
      'a day that does not exist',
      environment('drift: { ignore: [{ path: a, reason: b, until: 2027-02-30 }] }'),
      '"2027-02-30" is not a day',
    ],
    [
      'an ignore rule without reason',
      environment('drift: { ignore: [{ path: a }] }'),
      'environments.production.drift.ignore[0] needs "reason"',
    ],
    [
      'approvals where nobody is asked',
      environment('gate: { mode: none, approvals: 1 }'),
      'approvals would have no effect',
    ],
    ['an environment that is nowhere', 'version: 1\nenvironments: { production: {} }\n', 'says nowhere where it is'],
    ['an environment in two places', environment('manifests: { repository: ., branch: b }'), 'not both'],
    [
      'a branch that Git does not take',
      'version: 1\nenvironments: { p: { manifests: { repository: ., branch: "a b" } } }\n',
      '"a b" is not the name of a branch',
    ],
    [
      'the run’s own credentials as a value of a chart',
      release('chart: a\n    secrets: { db.password: PUSHGATE_KEY }'),
      "PUSHGATE_KEY is the run's own and is given to no chart",
    ],
    [
      'a forge’s token as a late value',
      release('chart: a\n    late: { tag: { env: GITHUB_TOKEN } }'),
      "GITHUB_TOKEN is the run's own and is given to no chart",
    ],
    ['a newer format', 'version: 2\n', 'version must be 1, but 2 is there'],
    ['no version', 'releases: []\n', 'the file needs "version"'],
    ['a key that stands twice', 'version: 1\nversion: 1\n', 'key "version" already set in map'],
    ['a list instead of a mapping', '- a\n', '  the file must be a mapping, but a list is there'],
  ])('%s', (_, text, expected) => {
    expect(failure(text)).toContain(expected);
  });

  test('a wrong default once, however many releases take it', () => {
    const text = failure(
      'version: 1\ndefaults: { namespace: Shop }\nreleases:\n  - { name: a, chart: b }\n  - { name: c, chart: d }\n',
    );

    expect(messages(text)).toEqual([
      'pushgate.yaml:2 "Shop" is not the name of a namespace: lower-case letters, digits and dashes, at most 63',
    ]);
  });

  test('two releases of one name, with both lines', () => {
    const text = failure(
      'version: 1\ndefaults: { namespace: a }\nreleases:\n  - { name: a, chart: b }\n  - { name: a, chart: c }\n',
    );

    expect(messages(text)).toEqual(['pushgate.yaml:5 release "a" is there twice, first at pushgate.yaml:4']);
  });

  test('two environments on one branch', () => {
    const branch = '{ manifests: { repository: ., branch: deploy } }';
    const text = failure(`version: 1\nenvironments:\n  a: ${branch}\n  b: ${branch}\n`);

    expect(messages(text)).toEqual([
      "pushgate.yaml:4 b and a are the same folder of branch deploy, and would delete each other's objects",
    ]);
  });

  test('the brace of a placeholder inside a list, which YAML takes for a mapping', () => {
    expect(failure(release('chart: a\n    values: [values/a.{environment}.yaml]'))).toContain(
      'Inside [ ] or { } a text with a placeholder needs quotes: "values/a.{environment}.yaml"',
    );
  });
});

describe('included files', () => {
  const team = 'version: 1\nreleases:\n  - { name: cart, chart: cart/chart, namespace: cart }\n';

  test('add their releases, found by glob in a stable order', () => {
    const config = parse('version: 1\ninclude: ["teams/*/pushgate.yaml"]\n', {
      'teams/b/pushgate.yaml': team.replace('name: cart', 'name: basket'),
      'teams/a/pushgate.yaml': team,
      'teams/a/deep/pushgate.yaml': 'not: [read',
    });

    expect(config.releases.map(({ name }) => name)).toEqual(['cart', 'basket']);
  });

  test('keep their own defaults to themselves', () => {
    const text = failure('version: 1\ninclude: [a.yaml, b.yaml]\n', {
      'a.yaml': 'version: 1\ndefaults: { namespace: a }\n',
      'b.yaml': 'version: 1\nreleases: [{ name: b, chart: b }]\n',
    });

    expect(messages(text)).toEqual(['b.yaml:2 release "b" has no namespace']);
  });

  test.each([
    ['a file that is not there', '[nowhere.yaml]', 'pushgate.yaml:2 include "nowhere.yaml" does not exist'],
    ['a glob without match', '["x/*.yaml"]', 'pushgate.yaml:2 include "x/*.yaml" matches no file'],
    ['a file twice', '[a.yaml, a.yaml]', 'pushgate.yaml:2 a.yaml is included twice'],
    [
      'the file itself',
      '[pushgate.yaml]',
      'pushgate.yaml:2 the files include each other: pushgate.yaml → pushgate.yaml',
    ],
    [
      'a circle',
      '[circle.yaml]',
      'circle.yaml:2 the files include each other: pushgate.yaml → circle.yaml → pushgate.yaml',
    ],
    ['a file outside', '[../a.yaml]', 'pushgate.yaml:2 include "../a.yaml" leads out of the repository'],
  ])('%s is a mistake', (_, include, expected) => {
    const text = failure(`version: 1\ninclude: ${include}\n`, {
      'a.yaml': 'version: 1\n',
      'circle.yaml': 'version: 1\ninclude: [pushgate.yaml]\n',
    });

    expect(messages(text)).toEqual([expected]);
  });

  test('may not repeat a name, and both places are said', () => {
    const text = failure('version: 1\ninclude: [a.yaml, b.yaml]\n', { 'a.yaml': team, 'b.yaml': team });

    expect(messages(text)).toEqual(['b.yaml:3 release "cart" is there twice, first at a.yaml:3']);
  });
});

test('the example of the reference is a valid configuration with every key', () => {
  const reference = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const example = [...reference.matchAll(/```yaml\n(version: 1\n[\s\S]*?)```/g)][0]?.[1] ?? '';

  const config = parse(example, { 'teams/a/pushgate.yaml': 'version: 1\n' });

  expect(config.releases.map(({ chart }) => chart.kind)).toEqual(['repository', 'oci', 'git', 'path']);
  expect(config.environments.map(({ name }) => name)).toEqual(['staging', 'production', 'rendered']);
});

test('a configuration that is not there is said so', () => {
  expect(() => parseConfig({ file: 'pushgate.yaml', files: filesOf({}) })).toThrow(
    expect.objectContaining({ reason: 'source-missing', message: 'the configuration pushgate.yaml does not exist' }),
  );
});

test('names of the prototype are data like any other', () => {
  expect(failure('version: 1\n__proto__: { a: 1 }\nconstructor: 1\n')).toContain('unknown key "__proto__"');
  expect(({} as Record<string, unknown>)['a']).toBeUndefined();
});

function release(keys: string): string {
  return `version: 1\ndefaults: { namespace: shop }\nreleases:\n  - name: catalog\n    ${keys}\n`;
}

function environment(keys: string): string {
  return `${release('chart: charts/catalog')}environments:\n  production:\n    cluster: {}\n    ${keys}\n`;
}

function filesOf(files: Readonly<Record<string, string>>): ConfigFiles {
  return { read: (path) => files[path], paths: () => Object.keys(files) };
}

function parse(text: string, others: Readonly<Record<string, string>> = {}): Config {
  return parseConfig({ file: 'pushgate.yaml', files: filesOf({ 'pushgate.yaml': text, ...others }) });
}

function failure(text: string, others: Readonly<Record<string, string>> = {}): string {
  try {
    parse(text, others);
  } catch (error) {
    if (error instanceof Problem) return formatProblem(error);
    throw error;
  }
  throw new Error('the configuration was taken');
}

/** `place message` of every problem of a printed failure. */
function messages(text: string): readonly string[] {
  return [...text.matchAll(/^✖ config-invalid: (.*)\n {2}(.*)$/gm)].map((match) => `${match[1]} ${match[2]}`);
}
