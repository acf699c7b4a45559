import { describe, expect, test } from '@jest/globals';
import type { CodeOwners, Dialect, OwnersAsked } from './code-owners.ts';
import { ownersAsked, parseCodeOwners } from './code-owners.ts';

function parsed(text: string, dialect: Dialect): CodeOwners {
  const owners = parseCodeOwners(text, dialect);
  if ('mistake' in owners) throw new Error(`line ${owners.line}: ${owners.mistake}`);
  return owners;
}

function asked(text: string, dialect: Dialect, ...paths: readonly string[]): readonly OwnersAsked[] {
  return ownersAsked(parsed(text, dialect), paths);
}

function owner(text: string, dialect: Dialect, path: string): string {
  return asked(text, dialect, path)
    .map(({ owners }) => owners.join(' '))
    .join(' + ');
}

describe('on GitHub', () => {
  const file = `# everything
*       @ann @bob
*.js    @js #inline
/build/logs/ @logs
docs/*  docs@example.test
apps/   @apps
/scripts/run @acme/ops
**/secret @acme/security
/apps/free
with\\ blank.md @blank
`;

  test.each([
    ['some/where/deep.rb', '@ann @bob'],
    ['a/b.js', '@js'],
    ['build/logs/today', '@logs'],
    ['x/build/logs/today', '@ann @bob'],
    ['docs/index.md', 'docs@example.test'],
    ['docs/deep/index.md', '@ann @bob'],
    ['x/apps/deep/one', '@apps'],
    ['scripts/run', '@acme/ops'],
    ['scripts/run/it', '@acme/ops'],
    ['scripts/runner', '@ann @bob'],
    ['a/secret/b', '@acme/security'],
    ['secret', '@acme/security'],
    ['apps/free/one', ''],
    ['with blank.md', '@blank'],
    ['.hidden', '@ann @bob'],
  ])('%s is owned by %s', (path, owners) => {
    expect(owner(file, 'github', path)).toBe(owners);
  });

  test.each([
    ['!docs/ @ann', 'neither ! nor [ ]'],
    ['a[bc].md @ann', 'neither ! nor [ ]'],
    ['*.md ann', '"ann" is no @user'],
    ['*.md @@maintainer', 'is no @user'],
  ])('what GitHub would skip is a mistake: %s', (line, mistake) => {
    expect(parseCodeOwners(`# first\n${line}\n`, 'github')).toEqual({
      line: 2,
      mistake: expect.stringContaining(mistake),
    });
  });
});

describe('on GitLab', () => {
  const file = `# no section
* @general
*.md   @writer who is not an owner: ignored
/free.md

[Database][2] @dba @acme/storage
model/db/
/config/db/setup.md @docs
!*.lock

^[Taste] @designer
*.css

[DATABASE]
/migrate/* @@maintainer
`;

  test.each([
    ['app/main.rb', '@general'],
    ['.gitlab-ci.yml', '@general'],
    ['deep/read.md', '@writer'],
    ['free.md', ''],
    ['x/model/db/deep/a.sql', '@general + @dba @acme/storage'],
    ['model/db/a.lock', '@general'],
    ['config/db/setup.md', '@writer + @docs'],
    ['site.css', '@general'],
    ['migrate/1.sql', '@general + @@maintainer'],
    ['migrate/deep/1.sql', '@general'],
  ])('%s is owned by %s', (path, owners) => {
    expect(owner(file, 'gitlab', path)).toBe(owners);
  });

  test('a section asks for as many approvals as its strictest heading, once for each rule', () => {
    expect(asked(file, 'gitlab', 'model/db/a', 'model/db/b', 'migrate/c')).toEqual([
      { line: 2, pattern: '*', section: '', owners: ['@general'], approvals: 1 },
      { line: 7, pattern: 'model/db/', section: 'Database', owners: ['@dba', '@acme/storage'], approvals: 2 },
      { line: 15, pattern: '/migrate/*', section: 'Database', owners: ['@@maintainer'], approvals: 2 },
    ]);
  });

  test('a section that is optional once and required once is required', () => {
    expect(owner('^[A] @a\n*.a\n[a]\n*.b @b\n', 'gitlab', 'x.a')).toBe('@a');
  });

  test.each([
    ['/a?c/[a-c]*.y', 'abc/b1.y', true],
    ['/a?c/[a-c]*.y', 'abc/d1.y', false],
    ['/a?c/[!a-c]*.y', 'abc/d1.y', true],
    ['db/**/index.md', 'x/db/a/b/index.md', true],
    ['db/**/index.md', 'db/index.md', true],
    ['/docs', 'docs/a.md', false],
    ['docs/', 'docs/a.md', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, path, matches) => {
    expect(owner(`${pattern} @a`, 'gitlab', path)).toBe(matches ? '@a' : '');
  });

  test('a broken heading is a mistake', () => {
    expect(parseCodeOwners('*.md @a\n[Section @b\n', 'gitlab')).toMatchObject({ line: 2 });
  });
});
