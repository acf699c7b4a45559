/** `pushgate explain KIND/NAME PATH`: where a field of a rendered object comes from. `--normaliser`: what no plan shows. */
import { resolveReleases } from '../config/index.ts';
import { parsePath } from '../plan/path.ts';
import { nearest, Problem } from '../problem.ts';
import type { RenderedObject } from '../render/rendered.ts';
import { normaliserText } from '../report/normaliser-text.ts';
import type { Host, Outcome } from './host.ts';
import { renderIn } from './planning/rendering.ts';
import { oneEnvironment } from './run/one-environment.ts';
import { missingConfig, openRepository, readRevision } from './run/repository.ts';

export async function explain(host: Host): Promise<Outcome> {
  if (host.given.on('normaliser')) {
    host.print(normaliserText());
    return { reason: 'no-changes', outputs: {} };
  }
  const [object, path] = host.given.words;
  if (object === undefined || path === undefined) throw usage('explain takes an object and a path');
  const repository = await openRepository(host);
  const revision = await readRevision(repository, undefined);
  if (revision === undefined) throw missingConfig(repository);
  const policy = oneEnvironment(host, revision);
  const chosen = host.given.list('release');
  const names: string[] = [];
  for (const release of resolveReleases(revision.config, policy.name)) {
    if (chosen.length > 0 && !chosen.includes(release.name)) continue;
    const env = (name: string): string | undefined => host.env[name];
    const rendered = await renderIn({ repository, revision, release, phase: 'plan', env, origins: 'record' });
    host.mask(rendered.secrets);
    for (const one of [...rendered.objects, ...rendered.hooks]) {
      const name = `${one.resource.kind}/${one.resource.metadata.name}`;
      names.push(name);
      if (name.toLowerCase() === object.toLowerCase()) {
        host.print(explained(one, `${release.name} · ${name} ${path}`, path));
        return { reason: 'no-changes', outputs: {} };
      }
    }
  }
  const near = nearest(object, names);
  throw new Problem({
    reason: 'usage',
    message: `nothing in ${policy.name} is called ${object}`,
    hint: near === undefined ? `It has: ${names.slice(0, 20).join(', ')}` : `Did you mean ${near}?`,
  });
}

function explained({ resource, source, explain: ask }: RenderedObject, title: string, path: string): string {
  const steps = parsePath(resource, path);
  if (steps === undefined)
    throw usage(`there is no ${path} in it`, 'Write it as plans do: spec.template.spec.containers[web].image');
  const lines = ask?.(steps);
  if (lines === undefined)
    return `${title}\n  ${source}: all that is known; only templates of Helm charts are followed further`;
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

function usage(
  message: string,
  hint = 'For example: pushgate explain Deployment/catalog spec.replicas --environment production',
): Problem {
  return new Problem({ reason: 'usage', message, hint });
}
