/** One environment as typed → a valid one, with every mistake that can be seen without looking at other parts. */
import { gitAddressMistake, refMistake } from './chart-reference.ts';
import type {
  DriftPolicy,
  Environment,
  GatePolicy,
  IgnoreRule,
  PrunePolicy,
  ReleaseOverride,
  Target,
} from './config.ts';
import { checkTimes } from './gate-times.ts';
import { globMistake } from './glob.ts';
import { pathMistake, tidyPath } from './path.ts';
import type { RawEnvironment } from './raw.ts';
import { type Checked, checkOverride, onKey, wrong } from './release.ts';
import type { Mistake, Path } from './shape.ts';

/** What holds where nothing is written. A gate that is left out asks for one approval: none must be written out. */
export const policyDefaults = {
  refs: ['main', 'master'],
  gate: { mode: 'merge', approvals: 1, selfApproval: false },
  prune: {
    brake: { objects: 20, percent: 30 },
    protect: ['Namespace', 'PersistentVolumeClaim', 'CustomResourceDefinition'],
  },
  drift: { mode: 'report', ignore: [] },
} as const satisfies {
  readonly refs: readonly string[];
  readonly gate: GatePolicy;
  readonly prune: PrunePolicy;
  readonly drift: DriftPolicy;
};

/** `allReleases` are the names that live here when the environment names none. */
export function checkEnvironment(
  name: string,
  raw: RawEnvironment,
  allReleases: readonly string[],
): Checked<Environment> {
  const path: Path = ['environments', name];
  const target = checkTarget(raw, path);
  const gate = checkGate(raw.gate, [...path, 'gate']);
  const drift = checkDrift(raw.drift, [...path, 'drift']);
  const overrides: [string, ReleaseOverride][] = [];
  const mistakes: Mistake[] = [
    ...target.mistakes,
    ...globMistakes(raw.refs ?? [], [...path, 'refs']),
    ...globMistakes(raw.namespaces ?? [], [...path, 'namespaces']),
    ...gate.mistakes,
    ...drift.mistakes,
    ...repeated(raw.releases ?? [], [...path, 'releases']),
    ...repeated(raw.after ?? [], [...path, 'after']),
  ];
  if (raw.refs?.length === 0)
    mistakes.push(wrong([...path, 'refs'], 'refs is empty, so nothing could ever be applied here'));
  for (const [release, override] of Object.entries(raw.overrides ?? {})) {
    const checked = checkOverride(override, [...path, 'overrides', release]);
    mistakes.push(...checked.mistakes);
    if (checked.value !== undefined) overrides.push([release, checked.value]);
  }
  if (target.value === undefined || gate.value === undefined || drift.value === undefined) {
    return { value: undefined, mistakes };
  }
  const chosen = new Set(raw.releases ?? allReleases);
  return {
    value: {
      name,
      target: target.value,
      refs: raw.refs ?? policyDefaults.refs,
      after: raw.after ?? [],
      releases: allReleases.filter((release) => chosen.has(release)),
      overrides: Object.fromEntries(overrides),
      gate: gate.value,
      prune: {
        brake: {
          objects: raw.prune?.brake?.objects ?? policyDefaults.prune.brake.objects,
          percent: raw.prune?.brake?.percent ?? policyDefaults.prune.brake.percent,
        },
        protect: raw.prune?.protect ?? policyDefaults.prune.protect,
      },
      drift: drift.value,
      ...(raw.wait === undefined ? {} : { wait: raw.wait }),
      namespaces: raw.namespaces,
    },
    mistakes,
  };
}

function checkTarget(raw: RawEnvironment, path: Path): Checked<Target> {
  if (raw.cluster !== undefined && raw.manifests !== undefined) {
    return failed([
      wrong([...path, 'manifests'], 'an environment is either a cluster or a branch of manifests, not both'),
    ]);
  }
  if (raw.cluster !== undefined) {
    const { context, planner } = raw.cluster;
    return { value: { kind: 'cluster', context, ...(planner === undefined ? {} : { planner }) }, mistakes: [] };
  }
  if (raw.manifests === undefined) {
    return failed([
      onKey(
        path,
        `environment "${path.at(-1)}" says nowhere where it is`,
        'Write cluster: { context: … } for a cluster, or manifests: { repository: ., branch: … } for a branch of rendered manifests.',
      ),
    ]);
  }
  const { repository, branch, path: folder = '.' } = raw.manifests;
  const at = [...path, 'manifests'];
  const mistakes: Mistake[] = [];
  const address = repository === '.' ? undefined : gitAddressMistake(repository);
  if (address !== undefined) {
    mistakes.push(
      wrong([...at, 'repository'], `"${repository}" ${address}`, 'This repository itself is written as a dot.'),
    );
  }
  const ref = refMistake(branch);
  if (ref !== undefined) mistakes.push(wrong([...at, 'branch'], `"${branch}" ${ref}`));
  const outside = pathMistake(folder);
  if (outside !== undefined) mistakes.push(wrong([...at, 'path'], `"${folder}" ${outside}`));
  if (mistakes.length > 0) return failed(mistakes);
  return { value: { kind: 'manifests', repository, branch, path: tidyPath(folder) }, mistakes: [] };
}

function checkGate(raw: RawEnvironment['gate'], path: Path): Checked<GatePolicy> {
  const mode = raw?.mode ?? policyDefaults.gate.mode;
  // People are counted only where a merge request is reviewed; elsewhere the keys would be read and not kept to.
  const counts = mode === 'merge' || mode === 'comment';
  const mistakes: Mistake[] = [];
  for (const key of ['approvals', 'selfApproval', 'committerApproval', 'codeOwners', 'teams'] as const) {
    if (!counts && raw?.[key] !== undefined) {
      const by = mode === 'none' ? 'asks nobody' : "leaves it to the forge's environment to count approvals";
      mistakes.push(onKey([...path, key], `gate mode ${mode} ${by}, so ${key} would have no effect`));
    }
  }
  if (raw?.selfApproval === true && raw.committerApproval === false)
    mistakes.push(
      onKey(
        [...path, 'committerApproval'],
        'the author of a merge request has commits in it, so selfApproval would have no effect',
      ),
    );
  const teams = (raw?.teams ?? []).map(({ team, approvals = 1 }) => ({ team, approvals }));
  mistakes.push(
    ...repeated(
      teams.map(({ team }) => team),
      [...path, 'teams'],
    ),
  );
  mistakes.push(...repeated(raw?.breakGlass ?? [], [...path, 'breakGlass']));
  const windows = checkTimes(raw?.windows, [...path, 'windows']);
  const freezes = checkTimes(raw?.freezes, [...path, 'freezes']);
  mistakes.push(...windows.mistakes, ...freezes.mistakes);
  if (mistakes.length > 0) return failed(mistakes);
  return {
    value: {
      mode,
      ...(raw?.committerApproval === false ? { committerApproval: false } : {}),
      ...(raw?.codeOwners === true ? { codeOwners: true } : {}),
      ...(teams.length === 0 ? {} : { teams }),
      ...(raw?.breakGlass === undefined || raw.breakGlass.length === 0 ? {} : { breakGlass: raw.breakGlass }),
      ...(windows.value === undefined ? {} : { windows: windows.value }),
      ...(freezes.value === undefined ? {} : { freezes: freezes.value }),
      approvals: counts ? (raw?.approvals ?? policyDefaults.gate.approvals) : 0,
      selfApproval: raw?.selfApproval ?? policyDefaults.gate.selfApproval,
    },
    mistakes,
  };
}

function checkDrift(raw: RawEnvironment['drift'], path: Path): Checked<DriftPolicy> {
  const mistakes: Mistake[] = [];
  const ignore: IgnoreRule[] = (raw?.ignore ?? []).map((rule, index) => {
    const at = [...path, 'ignore', index];
    if (rule.until !== undefined && !isDay(rule.until)) {
      mistakes.push(
        wrong([...at, 'until'], `"${rule.until}" is not a day`, 'It is written YYYY-MM-DD, e.g. 2027-01-31.'),
      );
    }
    // What stands in brackets is a name that somebody else gave, and may hold anything.
    if (/^[./[]|[.[]$|\.\.|\s/.test(rule.path.replace(/\[("(?:[^"\\]|\\.)*"|[^\]]*)\]/g, '[]'))) {
      mistakes.push(
        wrong([...at, 'path'], `"${rule.path}" is not the path of a field`, 'It is written spec.replicas.'),
      );
    }
    const { kind, name, namespace, path: field, reason, until } = rule;
    return { kind, name, namespace, path: field, reason, until };
  });
  return { value: { mode: raw?.mode ?? policyDefaults.drift.mode, ignore }, mistakes };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function globMistakes(globs: readonly string[], path: Path): readonly Mistake[] {
  return globs.flatMap((glob, index) => {
    const message = globMistake(glob);
    return message === undefined ? [] : [wrong([...path, index], `"${glob}": ${message}`)];
  });
}

function repeated(names: readonly string[], path: Path): readonly Mistake[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [wrong([...path, index], `"${name}" stands here twice`)] : [],
  );
}

function failed<T>(mistakes: readonly Mistake[]): Checked<T> {
  return { value: undefined, mistakes };
}
