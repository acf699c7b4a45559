/**
 * What one of several plan jobs planned, as a file for the job that reports all of them. It is masked data like the
 * plan itself. An apply never reads one: it plans again, and goes by what the comment showed.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Problem, type ReasonCode, reasons } from '../problem.ts';
import type { Json } from '../resource/resource.ts';
import { canonicalJson } from './digest.ts';
import type { Plan } from './plan.ts';

const planFileSchema = 'pushgate.dev/plan-file/v1';

export interface PlanFile {
  /** The merge request, as `subjectOf` says it; '' outside of one. */
  readonly of: string;
  /** Head of the merge request; outside of one the commit. */
  readonly head: string;
  readonly parts: readonly PlannedPart[];
}

/** What was planned of one environment: all of it, or the releases that were chosen. */
export interface PlannedPart {
  readonly environment: string;
  /** undefined for all of them. */
  readonly releases: readonly string[] | undefined;
  readonly plan: Plan | undefined;
  /** Why there is no plan, or not all of it, as printed to the log, secrets masked. */
  readonly problem: string | undefined;
  readonly reason: ReasonCode | undefined;
}

/** With a key the file is signed; without one it carries a checksum, which shows damage and no more. */
export function writePlanFile(file: PlanFile, key: string | undefined): string {
  const body = JSON.parse(JSON.stringify({ schema: planFileSchema, ...file })) as Json & object;
  return `${JSON.stringify({ ...body, seal: sealOf(body, key) }, undefined, 2)}\n`;
}

/** @throws {Problem} `plan-refused` for a file that is damaged, no plan file, or not signed with the key */
export function readPlanFile(
  text: string,
  { name, key }: { readonly name: string; readonly key: string | undefined },
): PlanFile {
  const { seal, ...body } = parsed(text, name);
  const expected = sealOf(body, key);
  if (typeof seal !== 'string' || !sameText(seal, expected)) throw refused(name, whyNot(String(seal), expected));
  if (!isPlanFile(body)) throw refused(name, 'what it holds is not a plan of this version');
  const { of, head, parts } = body;
  return { of, head, parts };
}

function parsed(text: string, name: string): Readonly<Record<string, Json>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>;
  } catch {
    // Said below, as for every other text that is no plan file.
  }
  throw refused(name, 'it is not JSON that pushgate plan --out wrote');
}

function whyNot(seal: string, expected: string): string {
  const [kind, wanted] = [seal.split(':')[0], expected.split(':')[0]];
  if (kind === wanted) return 'its content is not what was sealed, or it was sealed with another key';
  return wanted === 'sha256' ? 'it is signed, and this run has no key' : 'it is not signed, and this run has a key';
}

function refused(name: string, why: string): Problem {
  return new Problem({
    reason: 'plan-refused',
    message: `the plan file ${name} is refused: ${why}`,
    hint: 'Plan again in the same pipeline, with the same version and the same key (PUSHGATE_KEY) in every job.',
  });
}

function sealOf(body: Json, key: string | undefined): string {
  // The first word keeps a signature of something else from being one of a plan file.
  const text = `plan-file\n${canonicalJson(body)}`;
  return key === undefined
    ? `sha256:${createHash('sha256').update(text).digest('base64url')}`
    : `hmac-sha256:${createHmac('sha256', key).update(text).digest('base64url')}`;
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

type Shape = 'text' | 'text?' | 'word' | 'count' | readonly [Shape] | { readonly [key: string]: Shape };

const change: Shape = {
  key: { group: 'text', kind: 'text', namespace: 'text', name: 'text' },
  action: 'word',
  causes: ['word'],
  fields: [{ path: 'text', from: 'text?', to: 'text?', cause: 'word', origin: 'text?' }],
  consequences: [{ kind: 'word', text: 'text' }],
  source: 'text?',
  digest: 'word',
  parts: ['word'],
};

const partShape: Shape = { environment: 'word', problem: 'text?', reason: 'text?' };

const planShape: Shape = {
  environment: 'word',
  target: 'text',
  digest: 'word',
  commit: { rendered: 'text', head: 'text?', base: 'text?' },
  notices: [{ severity: 'word', text: 'text', leftOut: 'text?' }],
  releases: [
    {
      name: 'word',
      namespace: 'text',
      digest: 'word',
      untouched: 'count',
      blocked: [{ reason: 'word', text: 'text', hint: 'text' }],
      changes: [change],
      drifted: [change],
    },
  ],
};

/** As far as a report relies on it: without a key nobody vouches for what a file holds. */
function isPlanFile(body: Readonly<Record<string, unknown>>): body is Record<string, unknown> & PlanFile {
  const { schema, of, head, parts } = body;
  if (schema !== planFileSchema || typeof of !== 'string' || typeof head !== 'string') return false;
  return fits(parts, [partShape]) && (parts as readonly PlannedPart[]).every(isPart);
}

function isPart({ releases, plan, reason }: PlannedPart): boolean {
  if (releases !== undefined && !fits(releases, ['word'])) return false;
  if (reason !== undefined && !Object.hasOwn(reasons, reason)) return false;
  return plan === undefined || fits(plan, planShape);
}

function fits(value: unknown, wanted: Shape): boolean {
  if (wanted === 'text') return typeof value === 'string';
  if (wanted === 'text?') return value === undefined || typeof value === 'string';
  if (wanted === 'word') return typeof value === 'string' && /^[\w.-]{1,253}$/.test(value);
  if (wanted === 'count') return typeof value === 'number';
  if (isListShape(wanted)) return Array.isArray(value) && value.every((one) => fits(one, wanted[0]));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(wanted).every(([key, inner]) => fits((value as Record<string, unknown>)[key], inner));
}

function isListShape(wanted: Shape): wanted is readonly [Shape] {
  return Array.isArray(wanted);
}
