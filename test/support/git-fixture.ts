/** Real Git repositories in a temporary folder, the same on every machine: no user's settings, fixed names and dates. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface CommitOptions {
  readonly author?: string;
  readonly email?: string;
  /** ISO time; a minute later than the commit before where it is not said. */
  readonly time?: string;
}

export type FileContents = Readonly<Record<string, string | Uint8Array | { readonly link: string } | undefined>>;

export class GitFixture implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'pushgate-git-')));
  /** Variables for the code under test. */
  readonly variables: Readonly<Record<string, string | undefined>> = {
    PATH: process.env['PATH'],
    HOME: this.directory,
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  #minutes = 0;

  /** Runs git; the arguments are given as they are, the answer without its last line end. */
  git(folder: string, ...args: readonly string[]): string {
    return this.#run(folder, args, {});
  }

  #run(folder: string, args: readonly string[], more: Readonly<Record<string, string>>): string {
    return execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'core.hooksPath=/dev/null', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...this.variables,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@example.test',
        GIT_COMMITTER_NAME: 'Ada',
        GIT_COMMITTER_EMAIL: 'ada@example.test',
        ...more,
      },
    }).replace(/\n$/, '');
  }

  /** A repository without a work tree, to be everybody's origin. */
  bare(name: string, ...args: readonly string[]): string {
    const folder = join(this.directory, name);
    this.git(this.directory, 'init', '--quiet', '--bare', ...args, folder);
    return folder;
  }

  repository(name: string, ...args: readonly string[]): string {
    const folder = join(this.directory, name);
    this.git(this.directory, 'init', '--quiet', ...args, folder);
    return folder;
  }

  clone(origin: string, name: string, ...args: readonly string[]): string {
    const folder = join(this.directory, name);
    const url = args.length > 0 ? `file://${origin}` : origin;
    this.git(this.directory, 'clone', '--quiet', ...args, url, folder);
    return folder;
  }

  /** Writes files (undefined deletes one), commits them on the branch that is checked out, answers the commit. */
  commit(folder: string, files: FileContents, message: string, options: CommitOptions = {}): string {
    this.write(folder, files);
    this.git(folder, 'add', '--all');
    this.#minutes += 1;
    const time = options.time ?? new Date(Date.UTC(2026, 0, 1, 12, this.#minutes)).toISOString();
    const author = options.author ?? 'Ada';
    const email = options.email ?? `${author.toLowerCase().replace(/\W+/g, '.')}@example.test`;
    this.#run(folder, ['commit', '--quiet', '--allow-empty', '-m', message], {
      GIT_AUTHOR_NAME: author,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: author,
      GIT_COMMITTER_EMAIL: email,
      GIT_AUTHOR_DATE: time,
      GIT_COMMITTER_DATE: time,
    });
    return this.git(folder, 'rev-parse', 'HEAD');
  }

  /** Gives a bare repository a hook, a shell script. */
  hook(bare: string, name: string, script: string): void {
    const place = join(this.directory, bare, 'hooks', name);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  write(folder: string, files: FileContents): void {
    for (const [path, content] of Object.entries(files)) {
      const place = join(folder, path);
      mkdirSync(dirname(place), { recursive: true });
      rmSync(place, { recursive: true, force: true });
      if (content === undefined) continue;
      if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, place);
      else writeFileSync(place, content);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
