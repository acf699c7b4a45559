/**
 * A bare Git repository that forge servers own, so that every SHA they name is real. Commits are made by plumbing,
 * without a work tree; only a rebase borrows one for a moment.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface CommitRequest {
  readonly branch: string;
  /** Paths and new contents; null removes a file. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly message: string;
  readonly author?: Person;
  readonly committer?: Person;
  /** Where a branch that does not exist yet starts; without it the branch starts empty. */
  readonly from?: string;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface CommitFacts {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly at: string;
  readonly message: string;
}

export interface GitRepository extends Disposable {
  readonly path: string;
  readonly commit: (request: CommitRequest) => string;
  /** The commit a revision names, or undefined. */
  readonly resolve: (revision: string) => string | undefined;
  readonly setBranch: (branch: string, commit: string) => void;
  readonly setRef: (ref: string, commit: string) => void;
  readonly deleteBranch: (branch: string) => void;
  /** Commits reachable from `to` and not from `from`, oldest first. */
  readonly commits: (from: string, to: string) => readonly CommitFacts[];
  readonly contains: (ancestor: string, descendant: string) => boolean;
  readonly mergeBase: (a: string, b: string) => string | undefined;
  readonly file: (revision: string, path: string) => string | undefined;
  /** Puts `head` on `branch` in the given way and returns the commits this made, the branch's new tip last. */
  readonly merge: (request: {
    readonly branch: string;
    readonly head: string;
    readonly method: MergeMethod | 'fast-forward';
    readonly message: string;
    readonly by: Person;
  }) => readonly string[];
  /** Moves a branch onto another commit and returns its new tip. */
  readonly rebase: (request: { readonly branch: string; readonly onto: string; readonly by: Person }) => string;
  readonly git: (...args: readonly string[]) => string;
}

const nobody: Person = { name: 'Somebody', email: 'somebody@example.test' };

export function createGitRepository(options: { readonly path?: string } = {}): GitRepository {
  const folder = mkdtempSync(join(tmpdir(), 'pushgate-git-'));
  const path = options.path ?? join(folder, 'repository.git');
  let clock = Date.parse('2026-01-05T08:00:00Z') / 1000;

  function run(
    args: readonly string[],
    extra: { input?: string; env?: Record<string, string>; cwd?: string } = {},
  ): string {
    return execFileSync('git', args, {
      cwd: extra.cwd ?? path,
      input: extra.input ?? '',
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        ...extra.env,
      },
    });
  }
  function git(...args: readonly string[]): string {
    return run(args).trimEnd();
  }
  function identity(author: Person, committer: Person): Record<string, string> {
    clock += 1;
    return {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: `${clock} +0000`,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: `${clock} +0000`,
    };
  }
  function resolve(revision: string): string | undefined {
    try {
      return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`);
    } catch {
      return undefined;
    }
  }
  function must(revision: string): string {
    const commit = resolve(revision);
    if (commit === undefined) throw new Error(`the test repository has no ${revision}`);
    return commit;
  }
  function setRef(ref: string, commit: string): void {
    git('update-ref', ref, commit);
  }
  function setBranch(branch: string, commit: string): void {
    setRef(`refs/heads/${branch}`, commit);
  }
  function commitTree(
    tree: string,
    parents: readonly string[],
    message: string,
    author: Person,
    committer: Person,
  ): string {
    const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
    return run(args, { input: message, env: identity(author, committer) }).trim();
  }
  function commit(request: CommitRequest): string {
    const parent =
      resolve(`refs/heads/${request.branch}`) ?? (request.from === undefined ? undefined : must(request.from));
    const index = { GIT_INDEX_FILE: join(folder, 'index') };
    run(parent === undefined ? ['read-tree', '--empty'] : ['read-tree', parent], { env: index });
    for (const [file, content] of Object.entries(request.files)) {
      if (content === null) {
        // --force-remove takes paths from the folder it runs in, and says nothing where it finds none.
        run(['update-index', '--index-info'], { input: `0 ${'0'.repeat(40)}\t${file}\n`, env: index });
      } else {
        const blob = run(['hash-object', '-w', '--stdin'], { input: content }).trim();
        run(['update-index', '--add', '--cacheinfo', `100644,${blob},${file}`], { env: index });
      }
    }
    const tree = run(['write-tree'], { env: index }).trim();
    const author = request.author ?? nobody;
    const parents = parent === undefined ? [] : [parent];
    const made = commitTree(tree, parents, request.message, author, request.committer ?? author);
    setBranch(request.branch, made);
    return made;
  }
  function mergedTree(branch: string, head: string): string {
    return git('merge-tree', '--write-tree', branch, head).split('\n')[0] ?? '';
  }
  function replayed(onto: string, head: string, by: Person): readonly string[] {
    const work = join(folder, 'rebase');
    git('worktree', 'add', '--quiet', '--detach', work, head);
    try {
      run(['rebase', '--quiet', '--force-rebase', onto], { cwd: work, env: identity(by, by) });
      const tip = run(['rev-parse', 'HEAD'], { cwd: work }).trim();
      return git('rev-list', '--reverse', `${onto}..${tip}`).split('\n');
    } finally {
      git('worktree', 'remove', '--force', work);
    }
  }
  function commits(from: string, to: string): readonly CommitFacts[] {
    const log = git('log', '--reverse', '-z', '--format=%H%n%P%n%an%n%ae%n%cn%n%ce%n%cI%n%B', `${from}..${to}`);
    return log
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => {
        const [sha = '', parents = '', an = '', ae = '', cn = '', ce = '', at = '', ...message] = entry.split('\n');
        return {
          sha,
          parents: parents.split(' ').filter((one) => one !== ''),
          author: { name: an, email: ae },
          committer: { name: cn, email: ce },
          at,
          message: message.join('\n').trimEnd(),
        };
      });
  }

  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  // As both forges do: a fetch may name any commit, not only tips.
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  return {
    path,
    git,
    commit,
    resolve,
    setRef,
    setBranch,
    commits,
    deleteBranch: (branch) => void git('update-ref', '-d', `refs/heads/${branch}`),
    contains: (ancestor, descendant) => {
      try {
        git('merge-base', '--is-ancestor', ancestor, descendant);
        return true;
      } catch {
        return false;
      }
    },
    mergeBase: (a, b) => {
      try {
        return git('merge-base', a, b);
      } catch {
        return undefined;
      }
    },
    file: (revision, file) => {
      try {
        return run(['cat-file', 'blob', `${revision}:${file}`]);
      } catch {
        return undefined;
      }
    },
    merge: ({ branch, head, method, message, by }) => {
      const base = must(`refs/heads/${branch}`);
      const made =
        method === 'fast-forward'
          ? [head]
          : method === 'rebase'
            ? replayed(base, head, by)
            : [commitTree(mergedTree(base, head), method === 'merge' ? [base, head] : [base], message, by, by)];
      setBranch(branch, made.at(-1) ?? base);
      return made;
    },
    rebase: ({ branch, onto, by }) => {
      const tip = replayed(must(onto), must(`refs/heads/${branch}`), by).at(-1) ?? '';
      setBranch(branch, tip);
      return tip;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
