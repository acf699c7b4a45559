/** `pushgate heal [RELEASE...]`: puts back what was applied wherever it drifted. What a rule ignores is left alone. */
import { writeReleases } from '../manifests/write.ts';
import { keyId } from '../resource/resource.ts';
import { driftOfState } from './drift.ts';
import type { Host, Outcome } from './host.ts';
import {
  type Applied,
  actorOf,
  appliedRelease,
  currentRevision,
  oneEnvironment,
  openApplied,
} from './one-environment.ts';
import { type PutBack, putBack } from './put-back.ts';
import { openRepository } from './repository.ts';

export async function heal(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const revision = await currentRevision(repository);
  const policy = oneEnvironment(host, revision);
  const { words } = host.given;
  await using state = await openApplied(host, { repository, revision, policy, releases: words, access: 'write' });
  for (const name of words) appliedRelease(state, policy.name, name);
  const report = await driftOfState(host, state, policy);
  const drifted = new Set(report.findings.map(({ release }) => release));
  const names = (words.length > 0 ? words : state.recorded).filter((name) => drifted.has(name));
  const releases = names.map((name): PutBack => {
    const applied = appliedRelease(state, policy.name, name);
    const findings = report.findings.filter(({ release }) => release === name);
    return putBackOf(applied, {
      ids: new Set(findings.flatMap(({ key }) => (key === undefined ? [] : keyId(key)))),
      files: new Set(findings.flatMap(({ key, where }) => (key === undefined && where !== undefined ? [where] : []))),
    });
  });
  return await putBack({
    host,
    policy,
    state,
    intent: 'heal',
    author: await actorOf(repository),
    write: writeReleases,
    releases,
  });
}

/** A file that cannot be read drifted as the object that was recorded in it. */
function putBackOf(
  applied: Applied,
  drifted: { readonly ids: ReadonlySet<string>; readonly files: ReadonlySet<string> },
): PutBack {
  const { record, recorded } = applied.release;
  const broken = [...recorded].filter(([, { file }]) => drifted.files.has(file)).map(([id]) => id);
  const ids = [...drifted.ids, ...broken];
  return {
    applied,
    objects: new Map(ids.map((id) => [id, recorded.get(id)?.resource])),
    from: { commit: record?.commit ?? '', mergeRequests: record?.mergeRequests ?? [], late: record?.late ?? {} },
    hold: undefined,
    removal: 'release',
  };
}
