import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeInside } from './write-inside.ts';

let root: string;
let checkout: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pushgate-links-'));
  checkout = join(root, 'checkout');
  mkdirSync(join(checkout, '.git'), { recursive: true });
  mkdirSync(join(checkout, 'deep'));
  mkdirSync(join(root, 'home'));
  writeFileSync(join(root, 'home', 'precious'), 'mine');
  writeFileSync(join(checkout, 'pushgate.yaml'), 'version: 1');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, directory = checkout, mode: 'create' | 'replace' = 'replace'): Promise<void> {
  return writeInside({ directory, path, text: 'a report', mode });
}

describe('is not written through', () => {
  test.each([
    ['a folder that is a link out of the checkout', 'reports', '../home', 'reports/precious'],
    ['a folder that is a link to an absolute path', 'reports', '/', 'reports/tmp/pushgate-evil/a'],
    ['a link further up the path', 'build', '../home', 'build/reports/a'],
    ['a link that leads into .git', 'reports', '.git', 'reports/config'],
    ['a link that leads nowhere yet', 'reports', '../home/new', 'reports/a'],
    ['a file that is a link out of the checkout', 'plan.json', '../home/precious', 'plan.json'],
    ['a file that is a link to another of the checkout', 'plan.json', 'pushgate.yaml', 'plan.json'],
  ])('%s', async (_, link, target, path) => {
    symlinkSync(target, join(checkout, link));
    const refused = { reason: 'link-refused', message: expect.stringContaining(`${link} is a link`) };
    await expect(write(path)).rejects.toMatchObject(refused);
    await expect(write(`../${path}`, join(checkout, 'deep'))).rejects.toMatchObject(refused);
    symlinkSync('checkout', join(root, 'other-name'));
    await expect(write(join(root, 'other-name', path))).rejects.toMatchObject(refused);
    expect([
      readFileSync(join(root, 'home', 'precious'), 'utf8'),
      readFileSync(join(checkout, 'pushgate.yaml'), 'utf8'),
      existsSync(join(root, 'home', 'reports')) || existsSync(join(root, 'home', 'new')),
    ]).toEqual(['mine', 'version: 1', false]);
  });
});

describe('is written', () => {
  test.each(['report.html', 'new/folders/report.html', './a/../report.html'])('%s', async (path) => {
    await write(path);
    await write(path);
    expect(readFileSync(join(checkout, path), 'utf8')).toBe('a report');
  });

  test('through a link that stays inside', async () => {
    symlinkSync('deep', join(checkout, 'reports'));
    await write('reports/a');
    expect(readFileSync(join(checkout, 'deep', 'a'), 'utf8')).toBe('a report');
  });

  test('in a folder outside the checkout, which only the pipeline can name, and where there is no checkout', async () => {
    symlinkSync('home', join(root, 'link'));
    await write(join(root, 'link', 'a'));
    await write('b', join(root, 'home'));
    expect(existsSync(join(root, 'home', 'a')) && existsSync(join(root, 'home', 'b'))).toBe(true);
  });

  test('in a checkout that is itself reached by a link', async () => {
    symlinkSync('checkout', join(root, 'link'));
    await write('reports/a', join(root, 'link'));
    expect(existsSync(join(checkout, 'reports', 'a'))).toBe(true);
  });
});

test('created anew only where nothing is', async () => {
  await expect(write('pushgate.yaml', checkout, 'create')).rejects.toMatchObject({ code: 'EEXIST' });
});
