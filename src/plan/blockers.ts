/** What stops a release whatever is approved: a hold, protected kinds, the brake, secrets on their way into Git. */
import { formatKey, type Resource } from '../resource/resource.ts';
import type { ChangedObject } from './change.ts';
import type { PlanInput, ReleaseFacts } from './facts.ts';
import { replaceBigint } from './field-changes.ts';
import { runningHooks } from './hook-changes.ts';
import { maskText, secretForms } from './mask.ts';
import type { Blocker, Change } from './plan.ts';

/** In the order in which people have to deal with them; none of them can be approved away. */
export function blockersOf(
  facts: ReleaseFacts,
  changed: readonly ChangedObject[],
  input: PlanInput,
): readonly Blocker[] {
  const blockers = [
    ...heldBlocker(facts, input.environment.name),
    ...changed.flatMap(({ object }) => object.refusal ?? []),
    ...runningHooks(facts, changed).flatMap(({ refusal }) => refusal ?? []),
    ...protectedBlockers(changed, input),
    ...brakeBlocker(facts, changed, input),
    ...plaintextBlockers(facts, changed, input),
  ];
  // The server's words can quote what it was sent.
  return blockers.map((blocker) => ({ ...blocker, text: maskText(blocker.text, input.mask.secrets) }));
}

function heldBlocker({ name, hold }: ReleaseFacts, environment: string): readonly Blocker[] {
  if (hold === undefined) return [];
  const hint = `pushgate unhold ${name} --environment ${environment} releases it.`;
  return [{ reason: 'held', text: `${name} is on hold: ${hold.reason}`, hint }];
}

function protectedBlockers(changed: readonly ChangedObject[], input: PlanInput): readonly Blocker[] {
  const kinds = new Set(input.environment.prune.protect);
  return changed
    .filter(({ change }) => isDeleted(change) && kinds.has(change.key.kind))
    .map(({ change }) => ({
      reason: 'prune-refused',
      text: `${formatKey(change.key)} would be ${change.action === 'replace' ? 'deleted and made anew' : 'deleted'}, and ${change.key.kind} is protected`,
      hint: `Annotate it with helm.sh/resource-policy: keep, or take ${change.key.kind} out of prune.protect of ${input.environment.name} in a merge request of its own.`,
    }));
}

function isDeleted({ action }: Change): boolean {
  return action === 'delete' || action === 'replace';
}

/** An empty render deletes everything, most often by mistake; so does a share of deletions above the brake. */
function brakeBlocker(facts: ReleaseFacts, changed: readonly ChangedObject[], input: PlanInput): readonly Blocker[] {
  const deletions = changed.filter(({ change }) => isDeleted(change)).length;
  if (deletions === 0) return [];
  const { objects, percent } = input.environment.prune.brake;
  // What is taken over counts as well: it is the release's from now on.
  const owned = facts.objects.filter(({ recorded, live }) => recorded !== undefined || live !== undefined).length;
  const share = Math.round((deletions / Math.max(owned, 1)) * 100);
  const rendered = facts.intent === 'removal' || facts.objects.some(({ desired }) => desired !== undefined);
  const isLarge = facts.intent === 'release' && owned >= 10 && share > percent;
  const over = deletions > objects || isLarge;
  if (rendered && !over) return [];
  const text = rendered
    ? `${deletions} of ${owned} objects would be deleted (${share} %); the brake stops above ${objects} objects or ${percent} %`
    : `it renders no objects at all, so all ${owned} would be deleted`;
  return [
    {
      reason: 'prune-refused',
      text: `${facts.name}: ${text}`,
      hint: rendered
        ? `Raise prune.brake of ${input.environment.name} in a merge request of its own, or delete in smaller steps.`
        : `If that is meant, take the release out of ${input.environment.name}: its deletion is then planned as one. Or run: pushgate delete ${facts.name}.`,
    },
  ];
}

/** What goes into Git can be read by everyone who can read Git. */
function plaintextBlockers(
  facts: ReleaseFacts,
  changed: readonly ChangedObject[],
  input: PlanInput,
): readonly Blocker[] {
  if (input.environment.target.kind !== 'manifests') return [];
  const needles = secretForms(input.mask.secrets);
  const written = changed.filter(({ change }) => change.action !== 'delete' && change.action !== 'keep');
  return written.flatMap(({ object, change }) => {
    const desired = object.bound ?? object.desired;
    if (desired === undefined) return [];
    const text = JSON.stringify(desired, replaceBigint);
    const isPlain = isPlaintextSecret(desired) || needles.some((needle) => text.includes(needle));
    if (!isPlain) return [];
    return {
      reason: 'plaintext-secret' as const,
      text: `${formatKey(change.key)} of ${facts.name} would put a secret into Git in plain text`,
      hint: 'Use a SealedSecret, an ExternalSecret or SOPS, or refer to a Secret that is made in the cluster.',
    };
  });
}

/** A Secret with values that SOPS has not encrypted. */
export function isPlaintextSecret(resource: Resource): boolean {
  if (resource.kind !== 'Secret' || !resource.apiVersion.startsWith('v1') || resource['sops'] !== undefined)
    return false;
  return [resource['data'], resource['stringData']].some(
    (values) => typeof values === 'object' && values !== null && Object.keys(values).length > 0,
  );
}
