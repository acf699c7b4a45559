/** A first pushgate.yaml for a repository, from what lies in it. Pure: paths and texts in, a proposal out. */
import { helmLines } from './helm-lines.ts';

export interface ProposedRelease {
  readonly name: string;
  readonly chart: string;
  readonly namespace: string | undefined;
  readonly values: readonly string[];
  /** Where it was found, for the comment beside it. */
  readonly from: string;
}

export interface Proposal {
  readonly releases: readonly ProposedRelease[];
  readonly environments: readonly string[];
  /** Whether the pipeline deploys to a cluster now. */
  readonly target: 'cluster' | 'manifests';
  /** What was seen and could not be taken over, for people. */
  readonly notes: readonly string[];
}

export interface RepositoryFacts {
  readonly paths: readonly string[];
  /** Text of a file of `paths`. */
  readonly read: (path: string) => string;
}

/** Files that pipelines and people start deployments from. */
const scripts =
  /(^|\/)(\.gitlab-ci\.yml|Jenkinsfile|Makefile|Taskfile\.ya?ml|justfile|[^/]*\.(sh|bash|mk))$|^\.github\/workflows\/[^/]+\.ya?ml$|^\.gitlab\/.*\.ya?ml$/;

/**
 * What pipelines and scripts deploy with Helm comes first, then charts and overlays that nobody names. Nothing is
 * guessed: what is unclear stands in `notes`, with file and line.
 */
export function propose(facts: RepositoryFacts): Proposal {
  const lines = facts.paths.filter((path) => scripts.test(path)).flatMap((path) => helmLines(path, facts.read(path)));
  const known = new Set(facts.paths);
  const isThere = (path: string): boolean => known.has(path) || facts.paths.some((one) => one.startsWith(`${path}/`));
  const found = lines.flatMap((line) => (line.kind === 'release' && isThere(line.chart) ? [line] : []));
  const skipped = lines.flatMap((line) =>
    line.kind === 'unclear'
      ? [`${line.where}: ${line.why}: ${line.text}`]
      : isThere(line.chart)
        ? line.leftOut.length === 0
          ? []
          : [
              `${line.where}: ${line.name} is proposed without ${line.leftOut.join(', ')}: add what is needed (docs/from-helm.md)`,
            ]
        : [
            `${line.where}: the chart ${line.chart} is not in this repository: name it in pushgate.yaml with its version`,
          ],
  );
  const releases = found.map(({ name, chart, namespace, values, where }) => ({
    name,
    chart,
    namespace,
    values,
    from: where,
  }));
  const covered = new Set(releases.map(({ chart }) => chart));
  const others = chartsOf(facts).filter(({ chart }) => !covered.has(chart));
  const { overlays, environments } = overlaysOf(facts);
  return {
    releases: unique([...releases, ...others, ...overlays]),
    environments: environments.length > 0 ? environments : ['production'],
    target:
      lines.length > 0 || facts.paths.some((path) => scripts.test(path) && /\bkubectl\s+apply\b/.test(facts.read(path)))
        ? 'cluster'
        : 'manifests',
    notes: skipped,
  };
}

/** Helm charts that are no part of another chart, library charts aside, and Handlebars charts. */
function chartsOf({ paths, read }: RepositoryFacts): readonly ProposedRelease[] {
  const markers = paths.filter((path) => /(^|\/)(Chart|chart)\.yaml$/.test(path)).sort();
  const folders = markers.map((path) => folderOf(path));
  return markers.flatMap((path) => {
    const folder = folderOf(path);
    const isInside = folders.some((other) => other !== folder && folder.startsWith(other === '.' ? '' : `${other}/`));
    if (isInside || /^type:\s*library\s*$/m.test(read(path))) return [];
    return [{ name: nameOf(folder, 'app'), chart: folder, namespace: undefined, values: [], from: path }];
  });
}

/** `overlays/staging` and `overlays/production` beside each other are one release in two environments. */
function overlaysOf({ paths }: RepositoryFacts): {
  readonly overlays: readonly ProposedRelease[];
  readonly environments: readonly string[];
} {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const match = /^(.*\/)?overlays\/([A-Za-z0-9][\w.-]*)\/kustomization\.ya?ml$/.exec(path);
    if (match === null) continue;
    const parent = `${match[1] ?? ''}overlays`;
    folders.set(parent, [...(folders.get(parent) ?? []), match[2] ?? '']);
  }
  return {
    overlays: [...folders.keys()].sort().map((parent) => ({
      name: nameOf(folderOf(parent), 'app'),
      chart: `${parent}/{environment}`,
      namespace: undefined,
      values: [],
      from: parent,
    })),
    environments: [...new Set([...folders.values()].flat())].sort(byStage),
  };
}

const stages = [/^dev|^test|^review/i, /^int|^qa|^stag|^uat|^pre/i];

function byStage(a: string, b: string): number {
  const rank = (name: string): number => stages.findIndex((stage) => stage.test(name)) + 1 || stages.length + 1;
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** Names are unique; the folder above tells two of one name apart. */
function unique(releases: readonly ProposedRelease[]): readonly ProposedRelease[] {
  const taken = new Set<string>();
  return releases.map((release) => {
    let name = release.name;
    for (let number = 2; taken.has(name); number++) name = `${release.name}-${number}`;
    taken.add(name);
    return { ...release, name };
  });
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}

/** The last folder that says what it is, as the name of a release may be written. */
function nameOf(folder: string, fallback: string): string {
  const steps = folder.split('/').filter((step) => !['.', 'chart', 'charts', 'helm', 'deploy', 'k8s'].includes(step));
  const name = (steps.at(-1) ?? fallback)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 53);
  return name === '' ? fallback : name;
}

/** The text of the file, with a comment wherever its reader has to decide something. */
export function proposalText({ releases, environments, target }: Proposal): string {
  return [
    '# What is deployed where. A first proposal of pushgate init: read it, and run pushgate plan.',
    'version: 1',
    'defaults: { namespace: default } # of releases that say none',
    '',
    'releases:',
    ...(releases.length === 0 ? ['  # - { name: shop, chart: path/to/chart }'] : []),
    ...releases.flatMap(({ name, chart, namespace, values, from }) => [
      `  - name: ${name} # ${from}`,
      `    chart: ${JSON.stringify(chart)}`,
      ...(namespace === undefined ? [] : [`    namespace: ${JSON.stringify(namespace)}`]),
      ...(values.length === 0 ? [] : [`    values: [${values.map((path) => JSON.stringify(path)).join(', ')}]`]),
    ]),
    '',
    'environments:',
    ...environments.flatMap((name, index) => [
      `  ${name}:`,
      target === 'cluster'
        ? '    cluster: {} # of the KUBECONFIG of the job; { context: NAME } chooses one of it'
        : `    manifests: { repository: ., branch: deploy/${name} } # rendered, for Argo CD or Flux; a cluster is cluster: { context: NAME }`,
      ...(index === 0 ? [] : [`    after: [${environments[index - 1]}]`]),
      '    gate: { mode: merge, approvals: 1 } # nothing is applied that nobody approved',
    ]),
    '',
  ]
    .join('\n')
    .replace('releases:\n  # -', 'releases: []\n  # -');
}
