/**
 * Facts about every object → the plan. The plan is masked plain data for people; the work keeps the objects to write
 * and is for the writer alone.
 */
import type { Policy } from '../config/policy.ts';
import type { HookPhase } from '../resource/hook.ts';
import type { Resource, ResourceKey } from '../resource/resource.ts';
import { annotationsOf, formatKey, keyId } from '../resource/resource.ts';
import type { Difference } from './compare.ts';
import { compare } from './compare.ts';
import { consequencesOf, riskOf, worstFirst } from './consequences.ts';
import { digestOf } from './digest.ts';
import type { RecordedForms } from './generated.ts';
import { type HookWork, hookChange, hooksToRun, type ReleaseHooks } from './hooks.ts';
import { isIgnored } from './ignore.ts';
import { latePlaceholder } from './late.ts';
import type { MaskOptions } from './mask.ts';
import { masker, maskText, secretForms } from './mask.ts';
import { noiseNotices } from './noise.ts';
import { normalise } from './normalise.ts';
import type { Path } from './path.ts';
import { formatPath, overlap, stepsOf } from './path.ts';
import type {
  Action,
  Blocker,
  Cause,
  Change,
  Consequence,
  FieldChange,
  Notice,
  Plan,
  PlannedCommit,
  PlannedRelease,
} from './plan.ts';
import { planSchema } from './plan.ts';
import { differsInRendered, otherDigests } from './prediction.ts';
import type { Replacement } from './replace.ts';
import { valueText } from './value-text.ts';

/** Everything known about one object. undefined: it is not there on that side. */
export interface ObjectFacts {
  readonly key: ResourceKey;
  /** As rendered from the commit; values bound at apply stand as their placeholder. */
  readonly desired: Resource | undefined;
  /** As rendered with every value bound: what is written. The same as `desired` where nothing is bound late. */
  readonly bound: Resource | undefined;
  /** As rendered from the target branch's tip, where the plan is of a merge request. */
  readonly target: Resource | undefined;
  /** As last applied, from the record. */
  readonly recorded: Resource | undefined;
  readonly live: Resource | undefined;
  /** What live would be after the apply; undefined where the environment changes nothing by itself (Git). */
  readonly predicted: Resource | undefined;
  /** Known to be as it was applied, and rendered as it was: nothing of it is compared. */
  readonly isUntouched?: true;
  /** `here`: computed without asking the server, whose login may not try it; else the server said it. */
  readonly prediction?: 'here';
  /** The sides as a login that may not try the object would have shown them, for an apply. */
  readonly here?: Pick<ObjectFacts, 'live' | 'predicted' | 'recorded'>;
  /** File that the object was rendered from. */
  readonly source: string | undefined;
  /** Where a rendered value comes from, in words; undefined where nobody knows. */
  readonly origin: ((path: Path) => string | undefined) | undefined;
  /** What the change means beyond what the two sides tell: whom an object is taken from. */
  readonly consequences?: readonly Consequence[] | undefined;
  /** Why the object cannot be written, whatever is approved. */
  readonly refusal?: Refusal | undefined;
  /** Set where the change can only be made by deleting the object and making it anew. */
  readonly replacement?: Replacement | undefined;
}

export type Refusal = Blocker;

export interface ReleaseFacts {
  readonly name: string;
  readonly namespace: string;
  readonly objects: readonly ObjectFacts[];
  readonly hold: { readonly reason: string } | undefined;
  /** What its chart draws, for the record. */
  readonly drawn?: RecordedForms | undefined;
  /** Hash of the files it is made from, for digests of what is masked where there is no key. */
  readonly content?: string | undefined;
  /** `removal`: the configuration no longer has the release, so all of it goes. */
  readonly intent: 'release' | 'removal';
  readonly notices?: readonly Notice[];
  readonly hooks?: ReleaseHooks;
}

export interface PlanInput {
  readonly environment: Policy;
  /** Where the environment is, in words. */
  readonly target: string;
  readonly commit: PlannedCommit;
  /** Whether `target` renderings are there to tell a merge request's own changes from what waits on the branch. */
  readonly comparison: 'merge-request' | 'branch';
  readonly releases: readonly ReleaseFacts[];
  readonly notices: readonly Notice[];
  readonly login?: Plan['login'];
  readonly mask: MaskOptions;
  /** Decides whether an ignore rule has expired. */
  readonly now: Date;
}

export interface Work {
  readonly releases: readonly ReleaseWork[];
}

export interface ReleaseWork {
  readonly name: string;
  readonly namespace: string;
  readonly writes: readonly ObjectWork[];
  /** Every bound object of the release: what the record says was applied. */
  readonly desired: readonly Resource[];
  /** What its chart draws, for the record. */
  readonly drawn?: RecordedForms | undefined;
  /** Every hook of the release, for its record, and the moment at which they run; absent where there are none. */
  readonly hooks?: { readonly all: readonly HookWork[]; readonly phase: HookPhase | 'none' };
}

export interface ObjectWork {
  readonly change: Change;
  readonly desired: Resource | undefined;
  readonly live: Resource | undefined;
  readonly replacement?: Replacement | undefined;
}

/** Builds the plan of one environment. Pure: the same input gives the same plan, digests included. */
export function buildPlan(input: PlanInput): { readonly plan: Plan; readonly work: Work } {
  const built = input.releases.map((facts) => buildRelease(facts, input));
  const planned = built.map((one) => one.planned);
  const hasOther = planned.some(({ changes }) => changes.some(({ here }) => here !== undefined));
  const others = hasOther ? otherDigests(planned, input.mask.key) : undefined;
  const releases = planned.map((release) => {
    const digests = others?.releases.get(release.name);
    return digests === undefined ? release : { ...release, otherDigests: digests };
  });
  return {
    plan: {
      schema: planSchema,
      environment: input.environment.name,
      target: input.target,
      commit: input.commit,
      releases,
      notices: [
        ...input.notices,
        ...input.releases.flatMap(({ notices }) => notices ?? []),
        ...built.flatMap(({ notices }) => notices),
      ],
      digest: digestOf(
        releases.map(({ name, digest }) => [name, digest]),
        input.mask.key,
      ),
      ...(others === undefined ? {} : { otherDigests: others.plan }),
      ...(input.login === undefined ? {} : { login: input.login }),
    },
    work: { releases: built.map(({ work }) => work) },
  };
}

interface ReleaseInput extends PlanInput {
  /** Everything that the release renders. */
  readonly rendered: readonly Resource[];
}

interface BuiltRelease {
  readonly planned: PlannedRelease;
  readonly work: ReleaseWork;
  readonly notices: readonly Notice[];
}

function buildRelease(facts: ReleaseFacts, all: PlanInput): BuiltRelease {
  const rendered = facts.objects.flatMap(({ desired }) => desired ?? []);
  const input: ReleaseInput = { ...all, mask: { ...all.mask, content: facts.content }, rendered };
  const outcomes = facts.objects
    .filter(({ isUntouched }) => isUntouched !== true)
    .map((object) => ({ object, change: buildChange(object, input) }));
  const differing = outcomes.filter(({ change }) => change.action !== 'unchanged');
  const changes = differing.filter(({ change }) => !isOnlyDrift(change)).sort(byRisk);
  const drifted = differing.filter(({ change }) => isOnlyDrift(change)).sort(byRisk);
  const shown = [...changes.map(({ change }) => change), ...hookChanges(facts, changes, input)];
  return {
    planned: {
      name: facts.name,
      namespace: facts.namespace,
      changes: shown,
      drifted: drifted.map(({ change }) => change),
      untouched: facts.objects.length - differing.length,
      digest: digestOf(shown.map(({ digest }) => digest).sort(), input.mask.key),
      blocked: blockersOf(facts, changes, input),
    },
    notices: noiseNotices(
      drifted.map(({ change, object: { live, predicted } }) => ({ change, live, predicted })),
      input.environment.name,
      input.now,
    ),
    work: {
      name: facts.name,
      namespace: facts.namespace,
      writes: changes
        .filter(({ change }) => change.action !== 'keep')
        .map(({ object, change }) => ({
          change,
          desired: object.bound ?? object.desired,
          live: object.live,
          replacement: object.replacement,
        })),
      desired: facts.objects.flatMap((object) => object.bound ?? object.desired ?? []),
      drawn: facts.drawn,
      ...(facts.hooks === undefined ? {} : { hooks: workOfHooks(facts.hooks, changes) }),
    },
  };
}

/** Hooks run if and only if the release changes, or an apply of it did not come through. */
function hookChanges(facts: ReleaseFacts, changes: readonly Outcome[], input: ReleaseInput): readonly Change[] {
  const { hooks } = facts;
  const phase = hooks?.phase ?? 'none';
  if (hooks === undefined || phase === 'none' || !doRun(hooks, changes)) return [];
  const asked = new Set<Cause>(changes.flatMap(({ change }) => change.causes).filter((cause) => cause !== 'drift'));
  return hooksToRun(hooks).map((hook) => {
    const { key, desired, bound, source } = hook;
    // Of a Secret no values were recorded, so nothing can be compared.
    const recorded = hook.recorded !== undefined && desired.kind === 'Secret' ? desired : hook.recorded;
    const sides = { target: undefined, recorded, live: recorded, predicted: undefined };
    const compared = buildChange({ key, desired, bound, ...sides, source, origin: undefined }, input);
    return hookChange({
      ...{ hook, phase, compared },
      causes: compared.causes.length > 0 ? compared.causes : causeOrder.filter((cause) => asked.has(cause)),
      content: masker(desired, input.mask)([], normalise(desired)).hashed,
      key: input.mask.key,
    });
  });
}

function doRun({ isDue }: ReleaseHooks, changes: readonly Outcome[]): boolean {
  return isDue || changes.some(({ change }) => isOfContent(change));
}

/** Taking over what is as it should be, and letting go of what is kept, change nothing that a hook could be for. */
function isOfContent({ action, fields }: Change): boolean {
  if (action === 'keep') return false;
  return action !== 'adopt' || fields.some((field) => !isMembership(field));
}

/** The label of the set, alone or as the object's first one. */
function isMembership({ path, from, to }: FieldChange): boolean {
  if (path.endsWith('["applyset.kubernetes.io/part-of"]')) return true;
  return path === 'metadata.labels' && from === undefined && /^applyset\.kubernetes\.io\/part-of: \S+$/.test(to ?? '');
}

/** What is not shown to run is not run. */
function workOfHooks(hooks: ReleaseHooks, changes: readonly Outcome[]): NonNullable<ReleaseWork['hooks']> {
  const { all } = hooks;
  const phase = doRun(hooks, changes) ? hooks.phase : 'none';
  return { phase, all: all.map(({ key, bound, rules, source }) => ({ key, resource: bound, rules, source })) };
}

function isOnlyDrift(change: Change): boolean {
  return change.causes.every((cause) => cause === 'drift');
}

interface Outcome {
  readonly object: ObjectFacts;
  readonly change: Change;
}

function byRisk(a: Outcome, b: Outcome): number {
  return (
    riskOf(a.change) - riskOf(b.change) ||
    actionOrder.indexOf(a.change.action) - actionOrder.indexOf(b.change.action) ||
    (keyId(a.change.key) < keyId(b.change.key) ? -1 : 1)
  );
}

const actionOrder: readonly Action[] = ['delete', 'replace', 'adopt', 'update', 'create', 'run', 'keep', 'unchanged'];

/** The change, and where an apply has it, how a plan of a login would have shown it that may not try the object. */
function buildChange(object: ObjectFacts, input: ReleaseInput): Change {
  const change = changeOf(object, input);
  const { here, desired, predicted } = object;
  if (here === undefined || change.action === 'unchanged') return change;
  const isSame =
    desired === undefined ||
    (here.predicted !== undefined &&
      predicted !== undefined &&
      differsInRendered(desired, { here: here.predicted, server: predicted }) === undefined);
  if (!isSame) return change;
  const { here: _, ...facts } = object;
  const other = changeOf({ ...facts, ...here, prediction: 'here' }, input);
  if (other.action === 'unchanged' || isOnlyDrift(other)) return { ...change, here: 'unchanged' };
  // What was shown as an update must not become a replacement.
  return other.action === change.action ? { ...change, here: { digest: other.digest, parts: other.parts } } : change;
}

function changeOf(object: ObjectFacts, input: ReleaseInput): Change {
  const after = normalised(object.desired === undefined ? undefined : (object.predicted ?? object.desired));
  const live = normalised(object.live);
  const compared = compare(live, after);
  const action = actionOf(object, compared);
  const differences = action === 'create' || action === 'delete' ? whole(live, after) : compared;
  const judged = action === 'keep' ? [] : judge(differences, object, input);
  // An object that is written at all is written whole, so what a rule ignores is then shown as well.
  const relevant = judged.filter(({ isBound }) => isBound);
  const isWritten = relevant.some(({ cause }) => cause !== 'drift');
  const shown = isWritten ? judged : relevant;
  const fields = shown.length === 0 ? [] : fieldChanges(shown, { object, live, action }, input);
  const effective = fields.length === 0 && action === 'update' ? 'unchanged' : action;
  const parts = fields.map(({ digest }) => digest);
  const subject = { key: object.key, action: effective, before: live, after, release: input.rendered };
  const causes = new Set(fields.map(({ field }) => field.cause));
  // A takeover of what is as it should be still has to be recorded.
  if (action === 'keep' || (action === 'adopt' && causes.size === 0)) causes.add('waiting');
  return {
    key: object.key,
    action: effective,
    causes: causeOrder.filter((cause) => causes.has(cause)),
    fields: fields.map(({ field }) => field),
    consequences:
      effective === 'unchanged'
        ? []
        : worstFirst([
            ...consequencesOf(subject),
            ...fromFacts(object),
            ...takesBack(causes),
            ...predictedHere(object),
          ]).map((one) => ({ ...one, text: maskText(one.text, input.mask.secrets) })),
    source: object.source,
    digest: digestOf(
      { object: keyId(object.key), action: effective, parts: [...parts].sort(), ...predictionOf(object) },
      input.mask.key,
    ),
    ...predictionOf(object),
    parts,
  };
}

function fromFacts({ consequences, replacement }: ObjectFacts): readonly Consequence[] {
  return [...(consequences ?? []), ...(replacement === undefined ? [] : [replacement.consequence])];
}

function predictionOf({ prediction }: ObjectFacts): { readonly prediction?: 'here' } {
  return prediction === undefined ? {} : { prediction };
}

/** Writing an object for one reason also takes back what was changed in it by hand. */
function takesBack(causes: ReadonlySet<Cause>): readonly Consequence[] {
  if (!causes.has('drift') || causes.size === 1) return [];
  return [{ kind: 'note', text: 'also takes back what was changed there by hand' }];
}

function predictedHere({ prediction }: ObjectFacts): readonly Consequence[] {
  return prediction === undefined ? [] : [{ kind: 'note', text: 'predicted locally' }];
}

const causeOrder: readonly Cause[] = ['merge-request', 'waiting', 'drift'];

function actionOf(object: ObjectFacts, differences: readonly Difference[]): Action {
  if (object.desired === undefined) {
    if (object.live === undefined) return 'unchanged';
    return isKept(object.live) ? 'keep' : 'delete';
  }
  if (object.live === undefined) return 'create';
  if (differences.length === 0 && object.recorded !== undefined) return 'unchanged';
  if (object.replacement !== undefined) return 'replace';
  if (object.recorded === undefined) return 'adopt';
  return 'update';
}

/** Marks by which people keep an object when its release no longer has it; each as its tool documents it. */
const keepMarks: readonly (readonly [annotation: string, value: RegExp])[] = [
  ['helm.sh/resource-policy', /^\s*keep\s*$/i],
  ['argocd.argoproj.io/sync-options', /(^|,)\s*Prune=false\s*(,|$)/i],
  ['client.lifecycle.config.k8s.io/deletion', /^detach$/],
  ['cli-utils.sigs.k8s.io/on-remove', /^keep$/],
  ['kustomize.toolkit.fluxcd.io/prune', /^disabled$/i],
];

function isKept(live: Resource): boolean {
  const annotations = annotationsOf(live);
  return keepMarks.some(([annotation, value]) => value.test(annotations[annotation] ?? ''));
}

function whole(live: Resource | undefined, after: Resource | undefined): readonly Difference[] {
  return [{ path: [], from: live, to: after }];
}

function normalised(resource: Resource | undefined): Resource | undefined {
  return resource === undefined ? undefined : normalise(resource);
}

interface Judged {
  readonly difference: Difference;
  readonly cause: Cause;
  /** Whether the digest depends on what is there; not for what a rule ignores, which others may move all the time. */
  readonly isBound: boolean;
}

/** Who asked for each difference: the merge request, the branch before it, or nobody in Git. */
function judge(differences: readonly Difference[], object: ObjectFacts, input: PlanInput): readonly Judged[] {
  // Most objects of most plans differ in nothing, and then nothing more is compared.
  if (differences.length === 0) return [];
  const isRequest = input.comparison === 'merge-request';
  const desired = normalised(object.desired);
  const target = normalised(object.target);
  const byRequest = isRequest ? pathsOf(compare(target, desired)) : [];
  const byBranch = pathsOf(compare(normalised(object.recorded), isRequest ? target : desired));
  return differences.map((difference) => {
    const path = formatPath(difference.path);
    const touches = (other: string): boolean => overlap(other, path);
    const isWaiting = object.recorded === undefined || byBranch.some(touches);
    const cause = byRequest.some(touches) ? 'merge-request' : isWaiting ? 'waiting' : 'drift';
    const isBound = cause !== 'drift' || !isIgnored(object.key, path, input.environment.drift.ignore, input.now);
    return { difference, cause, isBound };
  });
}

function pathsOf(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ path }) => formatPath(path));
}

interface FieldsOf {
  readonly object: ObjectFacts;
  readonly live: Resource | undefined;
  readonly action: Action;
}

interface DigestedField {
  readonly field: FieldChange;
  readonly digest: string;
}

function fieldChanges(judged: readonly Judged[], of: FieldsOf, input: PlanInput): readonly DigestedField[] {
  const { object, live } = of;
  const masks = {
    after: masker(object.desired ?? object.live ?? emptyOf(object.key), input.mask),
    before: masker(live ?? object.desired ?? emptyOf(object.key), input.mask),
  };
  return judged.map((one) => fieldChange(one, { ...of, masks }, input));
}

type Mask = ReturnType<typeof masker>;

function fieldChange(
  { difference, cause, isBound }: Judged,
  { object, action, masks }: FieldsOf & { readonly masks: { readonly after: Mask; readonly before: Mask } },
  input: PlanInput,
): DigestedField {
  const from = difference.from === undefined ? undefined : masks.before(difference.path, difference.from);
  const to = difference.to === undefined ? undefined : masks.after(difference.path, difference.to);
  const path = formatPath(difference.path);
  const bindsLate = to !== undefined && JSON.stringify(to.shown, replaceBigint).includes(latePlaceholder);
  return {
    field: {
      path,
      from: from === undefined ? undefined : valueText(from.shown),
      to: to === undefined ? undefined : valueText(to.shown),
      cause,
      origin: to === undefined ? undefined : object.origin?.(difference.path),
    },
    digest: digestOf(
      {
        object: keyId(object.key),
        action,
        path: stepsOf(difference.path),
        ...predictionOf(object),
        from: bindsLate ? latePlaceholder : isBound ? (from?.hashed ?? { absent: true }) : { ignored: true },
        to: to?.hashed ?? { absent: true },
      },
      input.mask.key,
    ),
  };
}

function emptyOf(key: ResourceKey): Resource {
  return { apiVersion: key.group === '' ? 'v1' : `${key.group}/v1`, kind: key.kind, metadata: { name: key.name } };
}

function replaceBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function blockersOf(facts: ReleaseFacts, outcomes: readonly Outcome[], input: PlanInput): readonly Blocker[] {
  return [
    ...heldBlocker(facts, input.environment.name),
    ...outcomes.flatMap(({ object }) => object.refusal ?? []),
    ...protectedBlockers(outcomes, input),
    ...brakeBlocker(facts, outcomes, input),
    ...plaintextBlockers(facts, outcomes, input),
  ];
}

function heldBlocker({ name, hold }: ReleaseFacts, environment: string): readonly Blocker[] {
  if (hold === undefined) return [];
  const hint = `pushgate unhold ${name} --environment ${environment} releases it.`;
  return [{ reason: 'held', text: `${name} is on hold: ${hold.reason}`, hint }];
}

function protectedBlockers(outcomes: readonly Outcome[], input: PlanInput): readonly Blocker[] {
  const kinds = new Set(input.environment.prune.protect);
  return outcomes
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
function brakeBlocker(facts: ReleaseFacts, outcomes: readonly Outcome[], input: PlanInput): readonly Blocker[] {
  const deletions = outcomes.filter(({ change }) => isDeleted(change)).length;
  if (deletions === 0) return [];
  const { objects, percent } = input.environment.prune.brake;
  const owned = facts.objects.filter(({ recorded }) => recorded !== undefined).length;
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
        : `If that is meant, take the release out of the environment and run: pushgate delete ${facts.name}.`,
    },
  ];
}

/** What goes into Git can be read by everyone who can read Git. */
function plaintextBlockers(facts: ReleaseFacts, outcomes: readonly Outcome[], input: PlanInput): readonly Blocker[] {
  if (input.environment.target.kind !== 'manifests') return [];
  const needles = secretForms(input.mask.secrets);
  const written = outcomes.filter(({ change }) => change.action !== 'delete' && change.action !== 'keep');
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
