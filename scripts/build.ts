/**
 * `npm run build`: src → dist, the two bundles that users run. `--check`: the committed dist is what the sources build.
 * `--into=FOLDER`: the same bundles elsewhere, for the acceptance tests, which so never run an old dist.
 * Prints the size and the time from process start to the finished plan of an empty release.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { generateLicenseFile } from 'generate-license-file';
import { rolldown } from 'rolldown';

/**
 * What `src/helm/on-demand.ts` asks Node for lies beside the bundle in files of its own: what is not asked for is not
 * even read.
 */
const onDemand: Readonly<Record<string, string>> = {
  re2js: 're2js',
  bcryptjs: 'bcryptjs',
  ajv: 'ajv',
  ajv2019: 'ajv/dist/2019.js',
  ajv2020: 'ajv/dist/2020.js',
  ajv04: 'ajv-draft-04',
};

const check = process.argv.includes('--check');
const into = process.argv.find((argument) => argument.startsWith('--into='))?.slice('--into='.length);
const output = check ? mkdtempSync(join(tmpdir(), 'pushgate-dist-')) : (into ?? 'dist');
try {
  await build(output);
  if (check) compareWithCommitted(output);
  if (into === undefined) report(output);
} finally {
  if (check) rmSync(output, { recursive: true, force: true });
}

async function build(folder: string): Promise<void> {
  if (!check) rmSync(folder, { recursive: true, force: true });
  const bundle = await rolldown({
    input: {
      action: 'src/action.ts',
      cli: 'src/cli.ts',
      'template-worker': 'src/commands/helm/template-worker.ts',
    },
    platform: 'node',
    // Loading our modules does nothing that shows, so a front loads of a room only what it uses.
    treeshake: { moduleSideEffects: (id) => !id.includes('@kubernetes/client-node') && !isInRoom(id) },
    plugins: [{ name: 'fast-start', transform: besideTheBundle, renderChunk: withoutFacades }],
    onLog(level, log) {
      if (level === 'warn') throw new Error(`rolldown: ${log.message}`);
    },
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    comments: { legal: false },
  });
  await bundle.close();
  await buildOnDemand(folder);
  await generateLicenseFile('./package.json', join(folder, 'licenses.txt'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
}

/** A module of ours, not one of the fronts. */
function isInRoom(id: string): boolean {
  return relative(resolve('src'), id).split(sep).length > 1 && id.startsWith(resolve('src'));
}

function besideTheBundle(code: string, id: string): string | undefined {
  if (id !== resolve('src/helm/on-demand.ts')) return undefined;
  return Object.entries(onDemand).reduce((text, [file, name]) => {
    if (!text.includes(`require('${name}')`)) throw new Error(`on-demand.ts does not ask for ${name}`);
    return text.replace(`require('${name}')`, `require('./${file}.cjs')`);
  }, code);
}

/**
 * Node makes a facade for each of its modules that is imported, and asks for every export to fill it: for `node:crypto`
 * that loads all of WebCrypto. Asking for the module itself takes a tenth of the time.
 */
function withoutFacades(code: string): string {
  return code.replace(
    /\bimport\s*(?:\*\s*as\s+)?(\{[^}]*\}|[\w$]+)\s*from\s*(["'])(node:[\w/]+)\2/g,
    (_, names: string, quote: string, module: string) =>
      `const ${names.replace(/\s+as\s+/g, ':')}=process.getBuiltinModule(${quote}${module}${quote})`,
  );
}

async function buildOnDemand(folder: string): Promise<void> {
  const bundle = await rolldown({ input: onDemand, platform: 'node' });
  await bundle.write({
    dir: folder,
    format: 'cjs',
    exports: 'named',
    minify: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    comments: { legal: false },
  });
  await bundle.close();
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).sort();
}

function compareWithCommitted(folder: string): void {
  const built = filesOf(folder);
  const committed = filesOf('dist');
  const differing = [...new Set([...built, ...committed])].filter(
    (name) =>
      !built.includes(name) ||
      !committed.includes(name) ||
      !readFileSync(join(folder, name)).equals(readFileSync(join('dist', name))),
  );
  if (differing.length > 0) {
    console.error(
      `dist is not what the sources build: ${differing.join(', ')}. Run \`npm run build\` and commit dist.`,
    );
    process.exitCode = 1;
    return;
  }
  console.log('dist is what the sources build');
}

function report(folder: string): void {
  const code = filesOf(folder).filter((name) => /\.c?js$/.test(name));
  const bytes = code.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  console.log(`size: ${(bytes / 1e6).toFixed(2)} MB of JavaScript in ${code.length} files (aim: 3 MB)`);
  console.log(
    `start: ${startTime(folder)} ms from process start to the finished plan of an empty release (aim: 200 ms)`,
  );
}

/** The median of five runs of `plan` on a repository with one release that renders nothing. */
function startTime(folder: string): number {
  const repository = mkdtempSync(join(tmpdir(), 'pushgate-empty-'));
  try {
    writeFileSync(
      join(repository, 'pushgate.yaml'),
      'version: 1\nreleases: [{ name: empty, chart: empty, namespace: none }]\n' +
        'environments: { local: { manifests: { repository: ., branch: deploy/local }, refs: [main], gate: { mode: none } } }\n',
    );
    const git = (...words: string[]): void => {
      execFileSync('git', ['-c', 'user.name=build', '-c', 'user.email=build@example.org', ...words], {
        cwd: repository,
      });
    };
    git('init', '-q', '-b', 'main');
    execFileSync('mkdir', ['empty'], { cwd: repository });
    writeFileSync(join(repository, 'empty', 'nothing.yaml'), '# an empty release\n');
    git('add', '-A');
    git('commit', '-q', '-m', 'An empty release');
    const times = Array.from({ length: 5 }, () => {
      const start = process.hrtime.bigint();
      const run = spawnSync(process.execPath, [resolve(folder, 'cli.js'), 'plan', '-e', 'local'], { cwd: repository });
      if (run.status !== 0) throw new Error(`plan of an empty release: exit ${run.status}\n${run.stderr.toString()}`);
      return Number(process.hrtime.bigint() - start) / 1e6;
    });
    return Math.round(times.sort((a, b) => a - b)[2] ?? 0);
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}
