/** Builds the bed's programs with Go into the cache, once per version, and says how far it is. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, findProgram, partFolder } from './find.ts';
import { withLock } from './lock.ts';
import { type Part, type PartName, type ProgramName, parts } from './parts.ts';

type Say = (line: string) => void;

/** A part that could not be built, with what stood in the way. */
export class BuildError extends Error {}

/**
 * Makes sure that every program of the named parts is there, building those that no folder has.
 * Throws `BuildError` with the compiler's last lines when a build fails, or when Go is missing.
 */
export async function buildParts(names: readonly PartName[], say: Say): Promise<void> {
  for (const part of parts.filter((candidate) => names.includes(candidate.name))) await buildPart(part, say);
}

async function buildPart(part: Part, say: Say): Promise<void> {
  if (missingOf(part).length === 0) {
    say(`${part.name}: ${part.programs.map((name) => findProgram(name as ProgramName).path).join(', ')}`);
    return;
  }
  const lock = join(cacheFolder(), 'build.lock');
  await withLock(
    lock,
    async () => {
      // Somebody else may have built it while this process waited.
      const missing = missingOf(part);
      if (missing.length > 0) await build(part, missing, say);
    },
    (owner) => say(`${part.name}: waiting for the build of process ${owner}`),
  );
}

function missingOf(part: Part): string[] {
  const programs = part.programs.filter((name) => findProgram(name as ProgramName).path === undefined);
  // kwok is of no use without its stages, which only the module has.
  const filesAreThere = (part.files ?? []).every((file) => fileOf(part, file) !== undefined);
  return programs.length === 0 && !filesAreThere ? [...part.programs] : programs;
}

/** The kept file of a part (see `Part.files`), or undefined when the part was not built here. */
export function fileOf(part: Part, file: string): string | undefined {
  const path = join(partFolder(part), 'files', file);
  try {
    readFileSync(path);
    return path;
  } catch {
    return undefined;
  }
}

async function build(part: Part, programs: readonly string[], say: Say): Promise<void> {
  if (spawnSync('go', ['version']).error !== undefined) {
    throw new BuildError(
      `${programs.join(', ')} of ${part.name} ${part.version} is not here and there is no Go to build it with. ` +
        'Install Go, put the program on PATH, or (for the control plane) name a folder in KUBEBUILDER_ASSETS.',
    );
  }
  say(`${part.name} ${part.version}: building ${programs.join(', ')} (about ${part.minutes} min on two cores, once)`);
  const started = Date.now();
  const target = partFolder(part);
  mkdirSync(target, { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), `building-${part.name}-`));
  try {
    const built = join(work, 'bin');
    mkdirSync(built);
    if (part.recipe.how === 'install') await install(part, work, say);
    else await buildModule(part, work, programs, say);
    if (part.files !== undefined) keepFiles(part, target);
    for (const program of readdirSync(built)) renameSync(join(built, program), join(target, program));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  say(`${part.name} ${part.version}: built in ${Math.round((Date.now() - started) / 1000)} s`);
}

async function install(part: Part, work: string, say: Say): Promise<void> {
  if (part.recipe.how !== 'install') return;
  const command = `${part.recipe.command}@v${part.version}`;
  await go(['install', '-v', '-trimpath', '-ldflags', linkFlags(part), command], {
    folder: work,
    environment: { GOBIN: join(work, 'bin') },
    say: (line) => say(`${part.name} ${part.version}: ${line}`),
  });
  // `go install` names the program after the last folder of its path.
  const names = readdirSync(join(work, 'bin'));
  const [program] = part.programs;
  if (names[0] !== undefined && program !== undefined) {
    renameSync(join(work, 'bin', names[0]), join(work, 'bin', program));
  }
}

async function buildModule(part: Part, work: string, programs: readonly string[], say: Say): Promise<void> {
  const { recipe } = part;
  if (recipe.how !== 'module') return;
  const { GoMod } = download(recipe.module, part.version);
  const goMod = readFileSync(GoMod, 'utf8');
  // Go ignores the replacements of a dependency, so those that point into its own folder are written again here.
  const staging = [...goMod.matchAll(/^\s*(\S+) => \.\/staging\/\S+$/gm)].map((match) => match[1]);
  const lines = [
    `module pushgate.test/bed/${part.name}`,
    '',
    `go ${/^go (\S+)/m.exec(goMod)?.[1] ?? '1.26.0'}`,
    ...(/^godebug .*$/m.exec(goMod) ?? []),
    '',
    `require ${recipe.module} v${part.version}`,
    ...staging.map((module) => `replace ${module} => ${module} ${recipe.stagingVersion}`),
    '',
  ];
  writeFileSync(join(work, 'go.mod'), lines.join('\n'));
  if (recipe.main !== undefined) writeFileSync(join(work, 'main.go'), recipe.main);
  for (const program of programs) {
    const command = recipe.commands[program];
    if (command === undefined) throw new Error(`${part.name} has no command for ${program}`);
    const output = join(work, 'bin', program);
    await go(['build', '-v', '-mod=mod', '-trimpath', '-ldflags', linkFlags(part), '-o', output, command], {
      folder: work,
      environment: {},
      say: (line) => say(`${program} ${part.version}: ${line}`),
    });
  }
}

function linkFlags(part: Part): string {
  return `-s -w ${part.recipe.linkFlags}`.trim();
}

function keepFiles(part: Part, target: string): void {
  const { Dir } = download(part.recipe.module, part.version);
  for (const file of part.files ?? []) {
    const path = join(target, 'files', file);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(Dir, file), path);
    // Go keeps modules read-only; the copy must be replaceable.
    chmodSync(path, 0o644);
  }
}

function download(module: string, version: string): { readonly Dir: string; readonly GoMod: string } {
  const run = spawnSync('go', ['mod', 'download', '-json', `${module}@v${version}`], { encoding: 'utf8' });
  const answer = JSON.parse(run.stdout || '{}') as { Dir?: string; GoMod?: string; Error?: string };
  if (answer.Dir === undefined || answer.GoMod === undefined) {
    throw new BuildError(`${module} ${version} could not be downloaded: ${answer.Error ?? run.stderr}`);
  }
  return { Dir: answer.Dir, GoMod: answer.GoMod };
}

interface GoRun {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly say: Say;
}

/** `go -v` prints one line per compiled package: counting them is the only progress there is. */
async function go(args: readonly string[], run: GoRun): Promise<void> {
  const child = spawn('go', [...args], {
    cwd: run.folder,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', ...run.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let packages = 0;
  let tail: string[] = [];
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    packages += lines.length;
    tail = [...tail, ...lines].slice(-20);
  });
  const ticker = setInterval(() => run.say(`${packages} packages`), 15_000);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => clearInterval(ticker));
  if (status !== 0) throw new BuildError(`go ${args[0]} ended with ${status}:\n${tail.join('\n')}`);
}
