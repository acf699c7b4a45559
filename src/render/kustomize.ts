/** Kustomizations, built by the `kustomize` or `kubectl` program from a copy of exactly the files that they need. */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { Problem } from '../problem.ts';
import { kustomizeFiles } from './kustomize-files.ts';
import { type ChartFiles, placeOf, type RenderedText } from './rendered.ts';

const programs: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'kustomize', args: ['build', '--load-restrictor=LoadRestrictionsRootOnly'] },
  { name: 'kubectl', args: ['kustomize', '--load-restrictor=LoadRestrictionsRootOnly'] },
];

const limits = { milliseconds: 60_000, bytes: 64 * 1024 * 1024 };

export interface RenderKustomizeOptions {
  readonly chart: ChartFiles;
  readonly folder: string;
  readonly env: (name: string) => string | undefined;
}

/** Throws Problem `tool-missing` where neither program is there, `render-failed` where it says no. */
export async function renderKustomize(options: RenderKustomizeOptions): Promise<readonly RenderedText[]> {
  const { chart, folder } = options;
  const files = kustomizeFiles(chart, folder);
  const place = placeOf(chart, folder);
  const program = await findProgram(options.env('PATH') ?? '', place);
  const copy = await mkdtemp(join(tmpdir(), 'pushgate-kustomize-'));
  try {
    for (const [path, content] of files) {
      const target = join(copy, 'files', path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content, { flag: 'wx', mode: 0o600 });
    }
    const text = await run({ ...program, folder: join(copy, 'files', folder), copy, place });
    return [{ source: place, text, verbatim: false }];
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

async function findProgram(path: string, place: string): Promise<Program> {
  // A relative entry of PATH could be a folder of the checkout.
  const folders = path.split(delimiter).filter(isAbsolute);
  for (const { name, args } of programs) {
    for (const folder of folders) {
      const file = join(folder, name);
      if (await isExecutable(file)) return { file, args };
    }
  }
  throw new Problem({
    reason: 'tool-missing',
    message: `${place} is a kustomization, and neither kustomize nor kubectl is installed`,
    hint: 'Install one of them in the job, e.g. kubectl 1.30 or newer.',
  });
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    // Whatever keeps us from running the file, it is not the program that we look for.
    return false;
  }
}

/** No variable of the job reaches the program, no other program is in its reach, and its network leads nowhere. */
function environmentOf(copy: string): NodeJS.ProcessEnv {
  const nowhere = 'http://127.0.0.1:9';
  return {
    HOME: copy,
    PATH: join(copy, 'no-programs'),
    TMPDIR: copy,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: '',
    KUBECONFIG: join(copy, 'no-kubeconfig'),
  };
}

function run(
  options: Program & { readonly folder: string; readonly copy: string; readonly place: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      options.file,
      [...options.args, options.folder],
      {
        cwd: options.copy,
        env: environmentOf(options.copy),
        timeout: limits.milliseconds,
        killSignal: 'SIGKILL',
        maxBuffer: limits.bytes,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(failure(error, stderr, options));
      },
    );
  });
}

function failure(
  error: Error & { readonly killed?: boolean; readonly code?: unknown },
  stderr: string,
  options: { readonly copy: string; readonly place: string },
): Problem {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' || error.killed === true) {
    const limit = error.killed === true ? `${limits.milliseconds / 1000} seconds` : `${limits.bytes} bytes of output`;
    return new Problem({
      reason: 'limit-exceeded',
      message: `building the kustomization ${options.place} takes more than ${limit}`,
      where: options.place,
      cause: error,
    });
  }
  // The copy's place says nothing to anybody; the paths in it are those of the repository.
  const words = stderr
    .replaceAll(`${join(options.copy, 'files')}/`, '')
    .replace(/^Error: /, '')
    .trim();
  return new Problem({
    reason: 'render-failed',
    message: 'kustomize could not build this',
    where: options.place,
    excerpt: words === '' ? error.message.split('\n')[0] : words,
    cause: error,
  });
}
