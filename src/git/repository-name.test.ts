import { describe, expect, test } from '@jest/globals';
import { describeRepository, sameRepository } from './repository-name.ts';

describe('one repository', () => {
  test.each([
    ['https://github.com/acme/shop', 'https://github.com/acme/shop.git'],
    ['https://github.com/acme/shop', 'git@github.com:acme/shop.git'],
    ['https://gitlab.example.com/a/b/shop.git', 'ssh://git@gitlab.example.com:2222/a/b/shop.git'],
    ['https://GitHub.com:443/Acme/Shop', 'https://github.com/acme/shop/'],
    ['git@GITHUB.com:Acme/Shop.git', 'https://github.com/acme/shop'],
    ['ssh://git@host/acme/shop', 'ssh://git@host:22/acme/shop'],
    ['ssh://git@host:2222/acme/shop', 'ssh://git@host:2222/Acme/shop.git'],
    ['org-17@github.com:acme/shop.git', 'git@github.com:acme/shop.git'],
    ['https://token@github.com/acme/shop', 'http://github.com/acme/shop'],
    ['https://host:8443/acme/shop', 'https://host:8443/acme/shop.git'],
    ['ann@host:shop.git', 'ann@host:shop'],
    ['/srv/git/shop.git', '/srv/git/shop.git'],
    ['file:///srv/git/shop.git', 'file:///srv/git/shop.git'],
    ['first commit 4f2c81e', 'first commit 4f2c81e'],
  ])('%s is %s', (one, other) => {
    expect([sameRepository(one, other), sameRepository(other, one)]).toEqual([true, true]);
  });
});

describe('two repositories', () => {
  test.each([
    ['https://github.com/acme/shop', 'https://github.com/acme/cart'],
    ['https://github.com/acme/shop', 'https://gitlab.com/acme/shop'],
    ['http://127.0.0.1:8001/acme/shop', 'http://127.0.0.1:8002/acme/shop'],
    ['https://host:8443/acme/shop', 'https://host/acme/shop'],
    ['ssh://git@host:2222/acme/shop', 'ssh://git@host:2223/acme/shop'],
    ['ssh://git@host:2222/acme/shop', 'git@host:acme/shop'],
    ['ssh://git@host:2222/acme/shop', 'https://host:8443/acme/shop'],
    ['ann@host:shop.git', 'bob@host:shop.git'],
    ['git@host:/srv/git/Shop.git', 'git@host:/srv/git/shop.git'],
    ['git@host:Shop.git', 'git@host:shop.git'],
    ['/srv/git/Shop.git', '/srv/git/shop.git'],
    ['first commit 4f2c81e', 'first commit 9ab01cd'],
    ['first commit 4f2c81e', 'https://github.com/acme/shop'],
    ['/srv/git/shop.git', '/srv/git/cart.git'],
    ['', ''],
  ])('%s is not %s', (one, other) => {
    expect(sameRepository(one, other)).toBe(false);
  });
});

test('a first commit is no name for people', () => {
  expect(describeRepository('first commit 4f2c81e')).toBe('a repository without a remote');
  expect(describeRepository('https://github.com/acme/shop')).toBe('https://github.com/acme/shop');
});
