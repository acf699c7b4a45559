/**
 * Whether the server would take the hooks that an apply would run: each is tried as a new object, so that what it refuses
 * is known when the plan is read and not in the middle of an apply. Nothing is asked for a release that stays as it is.
 */
import { compare } from '../../plan/compare.ts';
import type { ObjectFacts, Refusal } from '../../plan/facts.ts';
import { type HookFacts, hooksToRun, type ReleaseHooks } from '../../plan/hooks.ts';
import { normalise } from '../../plan/normalise.ts';
import { Problem } from '../../problem.ts';
import { type HookRules, isMarkedHook, policiesOf } from '../../resource/hook.ts';
import { formatKey, isObject, keyId, keyOf, type Resource } from '../../resource/resource.ts';
import { isForWhatComesWithIt } from './comes-with-it.ts';
import { doing, type ObjectPlace, readObject, resourceOf } from './objects.ts';
import { applyBody, tryApply } from './predict.ts';
import { trialSuffix, tryUnderAnotherName } from './predict-anew.ts';
import { isUntried, mayNotTry, type PredictionMode } from './predict-here.ts';
import { placeOf, withDefinitions } from './prepare.ts';
import { notRead } from './secret.ts';
import type { ClusterView } from './view.ts';

export interface HookTrials {
  readonly view: ClusterView;
  readonly hooks: ReleaseHooks;
  readonly objects: readonly ObjectFacts[];
  /** Namespace of hooks that name none. */
  readonly namespace: string;
  readonly mode: PredictionMode;
}

/** The hooks with what the server says of those that would run, where an apply could have anything to do. */
export async function tryHooks(trials: HookTrials): Promise<ReleaseHooks> {
  const { hooks, objects } = trials;
  const running = new Set(hooksToRun(hooks));
  if (running.size === 0 || !(hooks.isDue || objects.some(mayChange))) return hooks;
  const all = await Promise.all(
    hooks.all.map(async (hook) => (running.has(hook) ? { ...hook, ...(await tryHook(trials, hook)) } : hook)),
  );
  return { ...hooks, all };
}

/** Drift alone runs no hooks, but whose difference it is, is only judged when the plan is made. */
function mayChange({ isUntouched, desired, live, recorded, predicted }: ObjectFacts): boolean {
  if (isUntouched === true) return false;
  if (desired === undefined || live === undefined || recorded === undefined) return true;
  return compare(normalise(live), normalise(predicted ?? desired)).length > 0;
}

async function tryHook(
  trials: HookTrials,
  hook: HookFacts,
): Promise<Pick<HookFacts, 'refusal'> & { readonly prediction?: 'here' }> {
  const { view, mode } = trials;
  const made = [...trials.objects, ...trials.hooks.all].flatMap(({ desired }) => desired ?? []);
  try {
    const unknown = unknownValues(hook.desired);
    if (unknown !== undefined) return { refusal: refusedHook(hook, unknown) };
    const discovery = withDefinitions(view.discovery, made);
    const resource = inNamespace(hook.desired, trials);
    const place = placeOf(discovery, resource, hook.source);
    if (place.info.promised === true || (await isInNewNamespace(view, place, made))) return {};
    if (mode === 'fallback' && isUntried(view, place)) return { prediction: 'here' };
    try {
      const refusal = await refusalOf(view, place, { ...hook, desired: resource });
      return refusal === undefined ? {} : { refusal };
    } catch (error) {
      if (await isForWhatComesWithIt(view, error, { resource, made })) return {};
      if (mode !== 'fallback' || !(await mayNotTry(view, place, error))) throw error;
      return { prediction: 'here' };
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { reason } = error;
    if (reason !== 'rejected' && reason !== 'forbidden') throw error;
    return { refusal: refusedHook(hook, error) };
  }
}

async function refusalOf(view: ClusterView, place: ObjectPlace, hook: HookFacts): Promise<Refusal | undefined> {
  const { client } = view;
  const { desired, source, rules } = hook;
  const what = doing(client, 'create', place, source);
  const answer = await tryApply(client, place, applyBody(desired, undefined));
  const live = answer.status === 409 ? await readObject(client, place) : undefined;
  if (live === undefined) {
    if (answer.status !== 409) resourceOf(answer, what, place.info);
    return undefined;
  }
  const inTheWay = hookInTheWay(live, rules, source);
  if (inTheWay !== undefined) return refusalFrom(inTheWay);
  // The one of an earlier run goes before this one comes, so only its name is taken.
  if (!mayBeRenamed(place)) return undefined;
  const tryNew = (at: ObjectPlace, anew: Resource) => tryApply(client, at, applyBody(anew, undefined));
  resourceOf(await tryUnderAnotherName({ place, desired, tryNew }), what, place.info);
  return undefined;
}

/** What an earlier run left may go where its policy says so; anything else of the name is not ours to delete. */
export function hookInTheWay(live: Resource, rules: HookRules, source: string | undefined): Problem | undefined {
  const isHook = isMarkedHook(live);
  if (isHook && policiesOf(rules).includes('before-hook-creation')) return undefined;
  const object = formatKey(keyOf(live));
  return new Problem({
    reason: 'conflict',
    where: source,
    message: `hook ${object} cannot be run: an object of that name is there${isHook ? ' from an earlier run' : ', and it is no hook'}`,
    hint: isHook
      ? 'Add before-hook-creation to its delete policy, or delete it by hand.'
      : 'Give the hook another name.',
  });
}

/** Of a release that is no longer rendered the record holds the hooks, but no values of Secrets. */
export function unknownValues(resource: Resource): Problem | undefined {
  const data = resource.kind === 'Secret' && isObject(resource['data']) ? resource['data'] : {};
  if (!Object.values(data).includes(notRead)) return undefined;
  return new Problem({
    reason: 'hook-failed',
    message: `the values of hook ${formatKey(keyOf(resource))} are not recorded`,
    hint: `Delete the release with: pushgate delete, which takes them from Helm's record.`,
  });
}

/** The names of these say what they are. */
function mayBeRenamed({ info }: ObjectPlace): boolean {
  return info.kind !== 'CustomResourceDefinition' && info.kind !== 'APIService';
}

function inNamespace(resource: Resource, { namespace, view }: HookTrials): Resource {
  const info = view.discovery.find(resource.apiVersion, resource.kind);
  if (info?.namespaced !== true || typeof resource.metadata['namespace'] === 'string') return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace } };
}

async function isInNewNamespace(view: ClusterView, place: ObjectPlace, made: readonly Resource[]): Promise<boolean> {
  const own = made.find((one) => keyId(keyOf(one)) === keyId(namespaceKey(place.namespace)));
  const info = view.discovery.find('v1', 'Namespace');
  if (own === undefined || info === undefined) return false;
  return (await readObject(view.client, { info, namespace: '', name: place.namespace })) === undefined;
}

function namespaceKey(name: string) {
  return { group: '', kind: 'Namespace', namespace: '', name };
}

function refusedHook({ source }: HookFacts, problem: Problem): Refusal {
  const at = source === undefined ? '' : ` (${source})`;
  const said = problem.excerpt === undefined ? '' : `: ${problem.excerpt.replaceAll(trialSuffix, '')}`;
  return {
    reason: problem.reason === 'forbidden' ? 'forbidden' : 'rejected',
    text: `hook${at}: ${problem.message}${said}`,
    hint: problem.hint ?? '',
  };
}

function refusalFrom({ message, hint, where }: Problem): Refusal {
  return { reason: 'conflict', text: where === undefined ? message : `${message} (${where})`, hint: hint ?? '' };
}
