import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { HelmError } from '../helm-error.ts';
import { archiveLimits, readArchive } from './archive.ts';

interface Entry {
  readonly name: string;
  readonly text?: string;
  readonly type?: string;
}

function header(name: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0, 'utf8');
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function entry({ name, text = '', type = '0' }: Entry): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([header(name, data.length, type), data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

function pack(...entries: readonly Entry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.map(entry), Buffer.alloc(1024)]));
}

function read(packed: Uint8Array, limits = archiveLimits): Record<string, string> {
  return Object.fromEntries(
    [...readArchive(packed, limits)].map(([path, data]) => [path, Buffer.from(data).toString()]),
  );
}

test('the top folder is dropped, whatever its name, and folders are left out', () => {
  const packed = pack(
    { name: 'shop/', type: '5' },
    { name: 'shop/Chart.yaml', text: '\uFEFFname: shop\n' },
    { name: 'shop/./templates//a.yaml', text: 'a' },
    { name: 'other\\templates\\b.yaml', text: 'b' },
  );
  expect(read(packed)).toEqual({ 'Chart.yaml': 'name: shop\n', 'templates/a.yaml': 'a', 'templates/b.yaml': 'b' });
});

test('long names are read from PAX and from GNU headers', () => {
  const long = `shop/templates/${'x'.repeat(150)}.yaml`;
  const record = ` path=${long}\n`;
  const length = record.length + 3;
  const packed = pack(
    { name: 'pax', type: 'x', text: `${length}${record}` },
    { name: 'short', text: 'one' },
    { name: '././@LongLink', type: 'L', text: `${long}2\0` },
    { name: 'short', text: 'two' },
  );
  expect(Object.keys(read(packed))).toEqual([long.slice(5), `${long.slice(5)}2`]);
});

describe('hostile archives are refused', () => {
  test.each<[string, readonly Entry[], string]>([
    ['a path above the chart', [{ name: 'shop/../../etc/passwd' }], 'chart illegally references parent directory'],
    ['an absolute path', [{ name: 'shop//etc/passwd' }], 'chart illegally contains absolute paths'],
    ['a file beside the chart', [{ name: 'README.md' }], 'chart illegally contains content outside the base directory'],
    ['a drive letter', [{ name: 'shop/c:/windows/x' }], 'chart contains illegally named files'],
    ['Chart.yaml at the top', [{ name: 'Chart.yaml/x' }], 'chart yaml not in base directory'],
    ['a symbolic link', [{ name: 'shop/values.yaml', type: '2' }], 'chart illegally contains a link or device'],
    ['a hard link', [{ name: 'shop/values.yaml', type: '1' }], 'chart illegally contains a link or device'],
    ['a device', [{ name: 'shop/values.yaml', type: '3' }], 'chart illegally contains a link or device'],
    ['nothing at all', [], 'no files in chart archive'],
  ])('%s', (_, entries, message) => {
    expect(() => read(pack(...entries))).toThrow(message);
  });

  test('a file larger than allowed', () => {
    const packed = pack({ name: 'shop/a', text: 'x'.repeat(2000) });
    expect(() => read(packed, { ...archiveLimits, fileBytes: 1999 })).toThrow(
      'decompressed chart file "shop/a" is larger than the maximum file size 1999',
    );
  });

  test('more files, or more bytes together, than allowed', () => {
    const packed = pack({ name: 'shop/a', text: 'aa' }, { name: 'shop/b', text: 'bb' });
    expect(() => read(packed, { ...archiveLimits, files: 1 })).toThrow('more than 1 files');
    expect(() => read(packed, { ...archiveLimits, totalBytes: 3 })).toThrow('larger than the maximum size 3');
  });

  test('a bomb stops while it unpacks', () => {
    const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024));
    expect(() => read(bomb)).toThrow(
      new HelmError({ stage: 'limit', message: 'chart archive unpacks to more than 200 times its size' }),
    );
  });

  test.each([
    ['no gzip', Buffer.from('hello'), 'gzip: invalid header'],
    ['half a file', gzipSync(entry({ name: 'shop/a', text: 'x'.repeat(600) }).subarray(0, 700)), 'unexpected EOF'],
    ['a broken header', gzipSync(Buffer.alloc(1024, 'x')), 'archive/tar: invalid tar header'],
    ['a cut stream', pack({ name: 'shop/a', text: 'a' }).subarray(0, 40), 'chart archive is damaged'],
  ])('%s', (_, data, message) => {
    expect(() => read(data)).toThrow(message);
  });
});
