import { HelmError } from '../helm-error.ts';
import { zlib } from '../on-demand.ts';
import { readTar } from './tar.ts';

/** What a packed chart may take; sizes in bytes. The first two are Helm's own. */
export interface ArchiveLimits {
  readonly totalBytes: number;
  readonly fileBytes: number;
  readonly files: number;
  /** Unpacked bytes for one packed byte. Text rarely packs better than 1:20; a bomb reaches 1:1000. */
  readonly ratio: number;
}

export const archiveLimits: ArchiveLimits = {
  totalBytes: 100 * 1024 * 1024,
  fileBytes: 5 * 1024 * 1024,
  files: 20_000,
  ratio: 200,
};

/** An archive this small may have any ratio: a few templates of blanks are no attack. */
const anyRatioBytes = 10 * 1024 * 1024;

/**
 * The files of a packed chart (`.tgz`), by path below its top folder, in archive order. Nothing is written anywhere.
 * Refuses what Helm refuses (paths that leave the chart, sizes), and links and devices, which Helm reads as empty files.
 */
export function readArchive(packed: Uint8Array, limits: ArchiveLimits = archiveLimits): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const entry of readTar(unzip(packed, limits))) {
    if (entry.kind === 'folder') continue;
    const path = chartPath(entry.name);
    if (entry.kind === 'other')
      throw refuse(`chart illegally contains a link or device: ${JSON.stringify(entry.name)}`);
    total += entry.data.length;
    if (total > limits.totalBytes)
      throw tooLarge(`decompressed chart is larger than the maximum size ${limits.totalBytes}`);
    if (entry.data.length > limits.fileBytes) {
      throw tooLarge(
        `decompressed chart file ${JSON.stringify(entry.name)} is larger than the maximum file size ${limits.fileBytes}`,
      );
    }
    files.set(path, withoutByteOrderMark(entry.data));
    if (files.size > limits.files) throw tooLarge(`chart archive has more than ${limits.files} files`);
  }
  if (files.size === 0) throw refuse('no files in chart archive');
  return files;
}

/** Whether the bytes begin as a gzip file does. */
export function isArchive(data: Uint8Array): boolean {
  return data[0] === 0x1f && data[1] === 0x8b && data[2] === 8;
}

/** Helm drops a UTF-8 byte order mark from every file of a chart. */
export function withoutByteOrderMark(data: Uint8Array): Uint8Array {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;
}

function unzip(packed: Uint8Array, limits: ArchiveLimits): Uint8Array {
  // Tar adds at most two blocks a file and pads each to a block.
  const room = limits.totalBytes + limits.files * 1536;
  const most = Math.min(room, Math.max(anyRatioBytes, packed.length * limits.ratio));
  try {
    return zlib().gunzipSync(packed, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(
        most < room
          ? `chart archive unpacks to more than ${limits.ratio} times its size`
          : `decompressed chart is larger than the maximum size ${limits.totalBytes}`,
      );
    }
    if (isArchive(packed)) throw refuse('chart archive is damaged', error);
    throw refuse('gzip: invalid header', error);
  }
}

/** The path within the chart: the archive's top folder is dropped, whatever its name. */
function chartPath(name: string): string {
  const separator = name.includes('\\') ? '\\' : '/';
  const [top, ...rest] = name.split(separator);
  const joined = rest.join('/');
  if (joined.startsWith('/')) throw refuse('chart illegally contains absolute paths');
  const path = cleanPath(joined);
  if (path === '.')
    throw refuse(`chart illegally contains content outside the base directory: ${JSON.stringify(name)}`);
  if (path.startsWith('..')) throw refuse('chart illegally references parent directory');
  if (/^[a-zA-Z]:\//.test(path) || path.includes('\0')) throw refuse('chart contains illegally named files');
  if (top === 'Chart.yaml') throw refuse('chart yaml not in base directory');
  return path;
}

/** Go's `path.Clean` of a relative path. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(segment);
  }
  return kept.join('/') || '.';
}

function refuse(message: string, cause?: unknown): HelmError {
  return new HelmError({ stage: 'chart', message, cause });
}

function tooLarge(message: string): HelmError {
  return new HelmError({ stage: 'limit', message });
}
