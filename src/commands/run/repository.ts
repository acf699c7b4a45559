/** The commits a run is about, and the configuration and files as they are in each. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Config } from '../../config/config.ts';
import { configOfCommandLine, parseConfig } from '../../config/index.ts';
import type { RunFacts } from '../../forge/ci.ts';
import { runFacts } from '../../forge/ci.ts';
import { Problem } from '../../problem.ts';
import type { FetchChart } from '../../source/chart.ts';
import type { Checkout } from '../../source/checkout.ts';
import { openCheckout } from '../../source/checkout.ts';
import type { Files } from '../../source/files.ts';
import { isBelow } from '../../source/files.ts';
import type { Host } from '../host.ts';
import { leaningFolders } from '../planning/leaning-folders.ts';
import { declaredEvent, declaredFacts, refuseElsewhere } from './declared-run.ts';
import { pathFromTop } from './typed-paths.ts';

export interface Repository {
  readonly facts: RunFacts;
  readonly checkout: Checkout;
  readonly configFile: string;
  readonly fetchChart: FetchChart;
}

/** Opens the repository that the host's folder lies in and reads what the pipeline says of the run. */
export async function openRepository(host: Host): Promise<Repository> {
  const facts = host.facts ?? (await factsOf(host));
  const checkout = await openCheckout({
    directory: host.directory,
    variables: host.env,
    login: loginOf(host, facts),
    signal: host.signal,
  });
  return {
    facts,
    checkout,
    configFile: host.given.text('config') ?? 'pushgate.yaml',
    fetchChart: fetchWhenNeeded(host),
  };
}

/** By the pipeline, or by options where it is one that Pushgate does not know. */
async function factsOf(host: Host): Promise<RunFacts> {
  const path = host.env['GITHUB_EVENT_PATH'];
  const event = path === undefined ? undefined : await readFile(path, 'utf8').catch(() => undefined);
  return await declaredFacts(host, runFacts({ env: host.env, event }));
}

/** The clients for registries are loaded with the first chart that lives in one. */
function fetchWhenNeeded(host: Host): FetchChart {
  let source: Promise<FetchChart> | undefined;
  return async (chart) => {
    source ??= import('../../source/chart.ts').then(({ chartSource }) => chartSource(host.env));
    return await (await source)(chart);
  };
}

/** The forge's token also opens its repositories; Git sends it to the address of this repository only. */
export function loginOf(host: Host, facts: RunFacts): { readonly user: string; readonly password: string } | undefined {
  const token = host.given.text('token');
  if (facts.forge === undefined || token === undefined) return undefined;
  return { user: facts.forge.kind === 'github' ? 'x-access-token' : 'oauth2', password: token };
}

/** The content of one commit, or of the work tree, that a plan is made from. */
export interface Revision extends Files {
  readonly config: Config;
}

const decoder = new TextDecoder('utf-8', { fatal: false });

/** The revision at a commit; undefined where it has no configuration file. `commit` undefined reads the work tree. */
export async function readRevision(repository: Repository, commit: string | undefined): Promise<Revision | undefined> {
  const rules = await readRules(repository, commit);
  if (rules === undefined) return undefined;
  const { config } = rules;
  const { configFile } = repository;
  const found = await withLeaning(reader(repository, commit), [configFile, ...foldersOf(config)]);
  return found.files.has(configFile) ? { config, ...found } : undefined;
}

/** The configuration of a commit without the files that its releases are made from. */
export interface Rules {
  readonly config: Config;
  /** It includes others, which can lie anywhere. */
  readonly hasIncludes: boolean;
}

/** As `readRevision`, for who asks about rules only: most of a revision is charts. */
export async function readRules(repository: Repository, commit: string | undefined): Promise<Rules | undefined> {
  const { checkout, configFile } = repository;
  const read = reader(repository, commit);
  // The configuration says which folders to ask Git for; that asking then also tells whether it is ignored itself.
  const first = commit === undefined ? await checkout.filesOnDisk([configFile]) : await read([configFile]);
  const content = first.files.get(configFile);
  if (content === undefined) return undefined;
  const hasIncludes = includesOthers(content);
  // An include may name any file, so then all of them are read.
  const known = hasIncludes ? await read([]) : first;
  return { config: parseConfig({ file: configFile, files: textFiles(known.files) }), hasIncludes };
}

export function includesOthers(content: Uint8Array | undefined): boolean {
  return /^include:/m.test(decoder.decode(content));
}

type Read = (paths: readonly string[]) => Promise<Files>;

function reader({ checkout }: Repository, commit: string | undefined): Read {
  return (paths) => (commit === undefined ? checkout.workingFiles(paths) : checkout.files({ commit, paths }));
}

/** Reads once more where charts climb out of what was read, until none does. */
async function withLeaning(read: Read, paths: readonly string[]): Promise<Files> {
  const found = await read(paths);
  const more = leaningFolders(found.files).filter((folder) => !isBelow(folder, paths.includes('') ? [] : paths));
  return more.length === 0 ? found : await withLeaning(read, [...paths, ...more]);
}

/** A chart named on the command line is planned from the work tree, without any configuration. */
export async function revisionOfWords(repository: Repository, host: Host): Promise<Revision | undefined> {
  const [chart] = host.given.words;
  if (chart === undefined) return undefined;
  const { checkout } = repository;
  const from = host.directory;
  const path = await pathFromTop(checkout, { path: chart, what: 'chart', from });
  const values = host.given.list('values');
  const config = configOfCommandLine({
    chart: path,
    // The repository itself has no name of its own in its path.
    name: path === '.' ? basename(checkout.directory).toLowerCase() : undefined,
    namespace: host.given.text('namespace'),
    values: await Promise.all(values.map((one) => pathFromTop(checkout, { path: one, what: 'values file', from }))),
  });
  return { config, ...(await withLeaning(repository.checkout.workingFiles, foldersOf(config))) };
}

export function missingConfig({ configFile }: Repository): Problem {
  return new Problem({
    reason: 'source-missing',
    message: `there is no ${configFile} here`,
    hint: `pushgate init writes one; or plan a single chart: pushgate plan path/to/chart -n NAMESPACE`,
  });
}

function textFiles(files: ReadonlyMap<string, Uint8Array>): {
  read: (path: string) => string | undefined;
  paths: () => Iterable<string>;
} {
  return {
    read: (path) => {
      const content = files.get(path);
      return content === undefined ? undefined : decoder.decode(content);
    },
    paths: () => files.keys(),
  };
}

/** The top folders that a configuration names: charts mostly refer to their neighbours. */
export function foldersOf(config: Config): readonly string[] {
  const named = config.releases.flatMap(({ chart, values }) =>
    chart.kind === 'path' ? [chart.path, ...values] : values,
  );
  const overridden = config.environments.flatMap(({ overrides }) =>
    Object.values(overrides).flatMap(({ values }) => values ?? []),
  );
  const tops = [...named, ...overridden].map((path) => path.split('/')[0] ?? '');
  return tops.some((top) => top === '' || top === '.' || top.includes('{')) ? [''] : [...new Set(tops)];
}

export interface PlannedCommits {
  /** What is read; undefined for the work tree with its uncommitted changes. */
  readonly rendered: string | undefined;
  /** The commit for the plan: of the work tree its base. */
  readonly renderedId: string;
  readonly head: string | undefined;
  readonly base: string | undefined;
}

/** A merge request is planned as its merge result; anything else as the commit of the run, or the work tree at home. */
export async function commitsToPlan({ facts, checkout }: Repository): Promise<PlannedCommits> {
  const { trigger } = facts;
  if (trigger.kind === 'merge-request') {
    const [base, head] = await checkout.fetch([trigger.targetBranch, trigger.head]);
    if (base === undefined || head === undefined) throw new Error('the fetched commits are missing');
    const rendered = await checkout.merge(base, head);
    return { rendered, renderedId: rendered, head, base };
  }
  const commit = facts.commit ?? (await checkout.head());
  const rendered = trigger.kind === 'local' ? undefined : commit;
  return { rendered, renderedId: commit ?? '', head: undefined, base: undefined };
}

/** The commit and the branch that an apply is for. */
export async function commitToApply({
  facts,
  checkout,
}: Repository): Promise<{ readonly commit: string; readonly ref: string | undefined }> {
  if (facts.trigger.kind === 'merge-request')
    throw new Problem({
      reason: 'wrong-ref',
      message: `apply does not run on a merge request (${facts.trigger.event})`,
      hint: 'Run it on the branch that the merge request is merged into: on push to it, or as its manual job.',
    });
  const commit = facts.commit ?? (await checkout.head());
  if (commit === undefined)
    throw new Problem({
      reason: 'source-missing',
      message: 'this repository has no commit yet',
      hint: 'Commit pushgate.yaml first.',
    });
  const ref = facts.ref ?? (await checkout.branch());
  if (facts.trigger.kind === 'push' && facts.trigger.event === declaredEvent)
    await refuseElsewhere(checkout, { commit, ref });
  return { commit, ref };
}
