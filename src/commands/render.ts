/** `pushgate render`: the objects of the releases as they would be written, secrets masked. */
import { policyOf } from '../config/policy.ts';
import { refuseUnknownReleases, resolveReleases } from '../config/resolve.ts';
import { masker } from '../plan/mask.ts';

import { writeYaml } from '../yaml/index.ts';
import type { Host, Outcome } from './host.ts';
import { renderIn } from './planning/rendering.ts';
import { chosenEnvironments } from './run/environments.ts';
import { missingConfig, openRepository, readRevision, revisionOfWords } from './run/repository.ts';

export async function render(host: Host): Promise<Outcome> {
  const repository = await openRepository(host);
  const revision = (await revisionOfWords(repository, host)) ?? (await readRevision(repository, undefined));
  if (revision === undefined) throw missingConfig(repository);
  const chosen = host.given.list('release');
  refuseUnknownReleases(chosen, { configs: [revision.config], others: [] });
  const documents: string[] = [];
  for (const environment of chosenEnvironments(host, repository.facts, revision.config, undefined)) {
    if (policyOf(revision.config, environment) === undefined) continue;
    for (const release of resolveReleases(revision.config, environment)) {
      if (chosen.length > 0 && !chosen.includes(release.name)) continue;
      const rendered = await renderIn({ repository, revision, release, phase: 'plan', env: (name) => host.env[name] });
      host.mask(rendered.secrets);
      for (const notice of rendered.notices) host.warn(notice);
      for (const { resource, source } of [...rendered.objects, ...rendered.hooks]) {
        const { shown } = masker(resource, { secrets: rendered.secrets, key: undefined })([], resource);
        documents.push(`# ${environment} · ${release.name} · ${source}\n${writeYaml(shown)}`);
      }
    }
  }
  host.print(documents.map((document) => `---\n${document.trimEnd()}`).join('\n'));
  return { reason: 'no-changes', outputs: {} };
}
