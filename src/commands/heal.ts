/** `pushgate heal [RELEASE...]`: puts back what was applied wherever it drifted. What a rule ignores is left alone. */
import { readRevisions } from '../cluster/read/helm-record.ts';
import { applyReleases } from '../cluster/write/apply-releases.ts';
import type { DriftReport } from '../drift/drift.ts';
import { writeReleases } from '../manifests/write.ts';
import { Problem } from '../problem.ts';
import { keyId } from '../resource/resource.ts';
import type { Host, Outcome } from './host.ts';
import { configOf, hooksOfRevision } from './planning/hooks-of-release.ts';
import { actorOf, openApplied, openOneEnvironment } from './run/one-environment.ts';
import { type Applied, appliedParent, appliedRelease } from './state/applied-release.ts';
import { driftOfState } from './state/drift-of-state.ts';
import { objectsOfManifest, type PutBackRelease, putBackOnCluster } from './state/put-back-cluster.ts';
import { type PutBackFiles, putBackInManifests } from './state/put-back-manifests.ts';
import type { ClusterPlace } from './state/state.ts';
import { outputsOf } from './telling/outputs.ts';

export async function heal(host: Host): Promise<Outcome> {
  const here = await openOneEnvironment(host);
  const { repository, policy } = here;
  if (repository.facts.trigger.kind === 'schedule' && policy.drift.mode !== 'heal')
    throw new Problem({
      reason: 'unattended',
      message: `${policy.name} is not healed on a schedule: its drift.mode is ${policy.drift.mode}`,
      hint: `Run heal by hand, or set drift: { mode: heal } for ${policy.name}.`,
    });
  const { words } = host.given;
  await using state = await openApplied(host, { ...here, releases: words, access: 'write' });
  const { place } = state;
  for (const name of words) {
    if (place.kind === 'cluster') appliedParent(place, name);
    else appliedRelease(state, policy.name, name);
  }
  const report = await driftOfState(host, state, policy);
  const drifted = new Set(report.findings.map(({ release }) => release));
  const names = (words.length > 0 ? words : state.recorded).filter((name) => drifted.has(name));
  if (names.length === 0) {
    host.print(`${policy.name}  ${state.target}\nNothing to put back: what is there is what was applied.`);
    return { reason: 'no-changes', outputs: outputsOf({ reason: 'no-changes', plans: [] }) };
  }
  const author = await actorOf(repository);
  if (place.kind === 'cluster') {
    const releases = await Promise.all(names.map((name) => healedOnCluster(place, report, name)));
    return await putBackOnCluster({
      ...{ host, policy, place, target: state.target, actor: author.name, write: applyReleases },
      releases,
    });
  }
  const releases = names.map((name): PutBackFiles => {
    const applied = appliedRelease(state, policy.name, name);
    const findings = report.findings.filter(({ release }) => release === name);
    return putBackOf(applied, {
      ids: new Set(findings.flatMap(({ key }) => (key === undefined ? [] : keyId(key)))),
      files: new Set(findings.flatMap(({ key, where }) => (key === undefined && where !== undefined ? [where] : []))),
    });
  });
  return await putBackInManifests({
    host,
    policy,
    state,
    intent: 'heal',
    author,
    write: writeReleases,
    releases,
  });
}

/** The record in the cluster holds no values of Secrets, so what is put back comes from Helm's storage. */
async function healedOnCluster(place: ClusterPlace, report: DriftReport, name: string): Promise<PutBackRelease> {
  const parent = appliedParent(place, name);
  const { origin, revision } = parent.state;
  const stored = await readRevisions(place.view.client, parent.release);
  const own = stored.find(({ version }) => version === revision);
  if (own === undefined) {
    throw new Problem({
      reason: 'conflict',
      message: `revision ${revision} of ${name} is no longer in Helm's storage, so nobody knows what to put back`,
      hint: 'Apply again: pushgate apply puts what Git asks for over the drift.',
    });
  }
  const drifted = report.findings.filter(({ release }) => release === name);
  return {
    parent,
    objects: objectsOfManifest(own.manifest),
    only: new Set(drifted.flatMap(({ key }) => (key === undefined ? [] : keyId(key)))),
    commit: origin.commit,
    mergeRequests: origin.mergeRequests,
    hold: undefined,
    intent: 'release',
    hooks: { all: hooksOfRevision(own.document), phase: 'none' },
    config: configOf(own.document),
  };
}

/** A file that cannot be read drifted as the object that was recorded in it. */
function putBackOf(
  applied: Applied,
  drifted: { readonly ids: ReadonlySet<string>; readonly files: ReadonlySet<string> },
): PutBackFiles {
  const { record, recorded } = applied.release;
  const broken = [...recorded].filter(([, { file }]) => drifted.files.has(file)).map(([id]) => id);
  const ids = [...drifted.ids, ...broken];
  return {
    applied,
    objects: new Map(ids.map((id) => [id, recorded.get(id)?.resource])),
    from: { commit: record?.commit ?? '', mergeRequests: record?.mergeRequests ?? [], late: record?.late ?? {} },
    hold: undefined,
    intent: 'release',
  };
}
