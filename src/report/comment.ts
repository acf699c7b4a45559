/**
 * The one comment on a merge request: the answer first, then consequences, then lines. It always fits the forge's
 * limit, gives way by meaning and says what it leaves out.
 */
import type { GatePolicy } from '../config/config.ts';
import type { ApprovalCount } from '../gate/approvals.ts';
import { shownOf, writeShown } from '../gate/shown.ts';
import { timesWords } from '../gate/times.ts';
import { shortDigest } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';
import { asItHappened, changesOf, countWords, diffOf, driftOf } from './change-text.ts';
import type { CommentSection, EnvironmentGroup } from './comment-section.ts';
import { groupBy, namesOf } from './comment-section.ts';
import { planTable } from './comment-table.ts';
import { code, details, fence, text } from './markdown.ts';

/** By this line, and by its author, a comment is found again. */
export const commentMarker = '<!-- pushgate:comment:v1 -->';

export interface CommentInput {
  readonly sections: readonly CommentSection[];
  /** The merge request, as `subjectOf` says it; '' for a text that is not posted on any. */
  readonly of: string;
  /** Head of the merge request that was planned. */
  readonly head: string;
  readonly targetBranch: string;
  readonly key: string | undefined;
  /** Longest body the forge takes, in UTF-16 units. */
  readonly limit: number;
  readonly runUrl: string | undefined;
  /** The full report as a page, where the forge can show it. */
  readonly reportUrl?: string | undefined;
}

/** Of a problem so much is shown; a comment that does not fit would leave an older one standing. */
const mostLines = 40;
const longestLine = 400;

/** How much of the limit the machine-readable part may take before it gives way. */
const shownShare = 0.4;

/** More than this share of the limit it never takes: what people read must have room. */
const longestShown = 0.7;

/** How many rows a table has, most welcome first; fewer where the comment would not fit. */
const rowCounts = [60, 30, 15, 8, 4, 2, 1] as const;

/** Room for the lines that say what was left out. */
const reserve = 400;

/** Writes the comment. Pure; the same input gives the same text, so that nothing is sent when nothing changed. */
export function writeComment(input: CommentInput): string {
  const marker = markerOf(input);
  const end = [footer(input), commentMarker, ...(marker === undefined ? [] : [marker])];
  const groups = groupBy(input.sections, (section) => wordsOf(section));
  const start = [heading(input.sections), ...(marker === undefined ? [tooMany] : []), status(input)];
  const room = input.limit - reserve - lengthOf([...start, ...end]);
  const tables =
    rowCounts.map((mostRows) => groups.map((group) => table(group, mostRows))).find((all) => lengthOf(all) <= room) ??
    [];
  const blocks = groups.flatMap((group) => [...detailBlocks(group), ...notesBlock(group)]);
  const { kept, omitted } = keepWithin(blocks, room - lengthOf(tables));
  const url = input.reportUrl ?? input.runUrl;
  const report = url === undefined ? 'the job summary' : `the [full report](${url})`;
  const left = [
    ...(tables.length === 0 && groups.length > 0 ? [`The changes are too many for a comment: see ${report}.`] : []),
    ...(omitted === 0
      ? []
      : [`… and the lines of ${omitted} more ${omitted === 1 ? 'object' : 'objects'}: see ${report}.`]),
  ];
  return [...start, ...tables, ...kept, ...left, ...end].filter((part) => part !== '').join('\n\n');
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length + 2, 0);
}

const tooMany =
  '⛔ **More releases change than one comment can show for approval.** Nothing of this can be applied as it is: change fewer at a time.';

/** What a later apply reads; undefined where not even the digests of the releases have room. */
function markerOf({ sections, of, head, key, limit }: CommentInput): string | undefined {
  const rules = Object.fromEntries(
    sections.flatMap(({ environment, rules: digest }) => (digest === undefined ? [] : [[environment, digest]])),
  );
  const plans = sections.flatMap(({ plan }) => plan ?? []);
  const marker = writeShown(shownOf({ of, head, plans, rules }), { key, room: Math.floor(limit * shownShare) });
  return marker.length <= limit * longestShown ? marker : undefined;
}

function heading(sections: readonly CommentSection[]): string {
  const words = ({ plan, problem }: CommentSection): string => {
    if (plan === undefined) return problem === undefined ? 'nothing for' : 'no plan for';
    const count = countWords(changesOf(plan));
    return `${count === '' ? 'nothing' : count} in`;
  };
  const parts = groupBy(sections, words).map(({ environments, section }) => {
    const each = environments.length > 1 && words(section) !== 'nothing in' ? 'each of ' : '';
    return `${words(section).replace(/ in$/, ` in ${each}`).trimEnd()} ${namesOf(environments)}`;
  });
  return `## Pushgate: ${parts.length === 0 ? 'no environment is touched' : parts.join(' · ')}`;
}

/** All that the comment says of an environment below its status, without its name. */
function wordsOf(section: CommentSection): string {
  const group = { environments: [''], section };
  return [table(group, rowCounts[0]), ...detailBlocks(group), ...notesBlock(group)].join('\n');
}

function status({ sections, head }: CommentInput): string {
  const line = (section: CommentSection, environments: readonly string[]): string => {
    const names = namesOf(environments);
    const { plan, gate, approvals } = section;
    if (plan === undefined || gate === undefined || changesOf(plan).length === 0) return '';
    const blocked = plan.releases.flatMap((release) => release.blocked);
    if (blocked.length > 0)
      return `⛔ **${names} cannot be applied as ${environments.length > 1 ? 'they are' : 'it is'}:** ${blocked.map((blocker) => `${text(blocker.text)}. ${text(blocker.hint)}`).join(' ')}`;
    const times = timesWords(gate);
    const when = times === undefined ? '' : `\n\n🕑 ${names}: ${text(times)}.`;
    if (gate.mode === 'none')
      return `**${names} ${environments.length > 1 ? 'need' : 'needs'} no approval:** applied once this is merged.${when}`;
    return `${approvalLine(environments, head, gate, approvals)}${when}`;
  };
  return groupBy(sections, (section) => line(section, []))
    .map(({ section, environments }) => line(section, environments))
    .filter((words) => words !== '')
    .join('\n\n');
}

function approvalLine(
  environments: readonly string[],
  head: string,
  gate: GatePolicy,
  approvals: ApprovalCount | undefined,
): string {
  const names = namesOf(environments);
  const [asks, is] = environments.length > 1 ? ['each ask', 'are'] : ['asks', 'is'];
  const counted = approvals?.counted ?? [];
  const ignored = approvals?.ignored ?? [];
  const by = counted.length > 0 ? ` Counted: ${counted.map(code).join(', ')}.` : '';
  const not =
    ignored.length > 0
      ? ` Not counted: ${ignored.map(({ user, why }) => `${code(user)} (${text(why)})`).join(', ')}.`
      : '';
  if (approvals !== undefined && approvals.against.length > 0)
    return `**Changes requested** by ${approvals.against.map(code).join(', ')}: ${names} ${is} not applied until that is settled.${by}${not}`;
  if (approvals?.enough === true)
    return `**Approved** for ${names} at ${code(head.slice(0, 7))}.${by}${not} ${gate.mode === 'comment' ? `Comment ${code('/pushgate apply')}, or merge, and exactly this is applied.` : 'Merge, and exactly this is applied.'}`;
  const needed =
    gate.approvals === 0
      ? 'the approval of its teams and code owners, each'
      : `${gate.approvals} approval${gate.approvals === 1 ? '' : 's'}`;
  const who = gate.selfApproval ? '' : ' Its author does not count.';
  const missing = (approvals?.missing ?? []).map((one) => text(one)).join('; ');
  const also = missing === '' ? '' : ` Still missing: ${missing}.`;
  return `**Waiting for approval.** ${names} ${asks} for ${needed} by someone who may write to this repository, on ${code(head.slice(0, 7))}.${who}${by}${not}${also}`;
}

function table({ section: { plan, problem }, environments }: EnvironmentGroup, mostRows: number): string {
  const title = namesOf(environments);
  if (plan !== undefined) return planTable(plan, { title, mostRows });
  if (problem === undefined) return '';
  const all = problem
    .split('\n')
    .map((line) => `  ${line.length > longestLine ? `${line.slice(0, longestLine)}…` : line}`);
  const more = all.length > mostLines ? [`  … and ${all.length - mostLines} more lines in the job's log`] : [];
  const lines = [...all.slice(0, mostLines), ...more];
  return `**${title}** could not be planned:\n\n${fence(lines, '')}`;
}

/** The lines of each object, most dangerous first; identical lines of several objects stand once. */
function detailBlocks({ section: { plan }, environments }: EnvironmentGroup): readonly string[] {
  if (plan === undefined) return [];
  const blocks = plan.releases.flatMap((release) =>
    release.changes
      .map((change) => ({
        title: `${release.name} · ${formatKey(change.key)}`,
        lines: diffOf(change),
        source: change.source,
      }))
      .filter(({ lines }) => lines.length > 0),
  );
  const byLines = new Map<string, typeof blocks>();
  for (const block of blocks)
    byLines.set(block.lines.join('\n'), [...(byLines.get(block.lines.join('\n')) ?? []), block]);
  const folded = [...byLines.values()].map((group) => {
    const [first] = group;
    const titles = group
      .slice(0, 3)
      .map(({ title }) => text(title))
      .join(', ');
    const more = group.length > 3 ? ` and ${group.length - 3} more` : '';
    const source = first?.source === undefined ? '' : ` <sub>${text(first.source)}</sub>`;
    return details(`${namesOf(environments)}: ${titles}${more}${source}`, fence(first?.lines ?? [], 'diff'));
  });
  return [...folded, ...driftBlock(namesOf(environments), plan)];
}

/** What is good to know and no reason to stop. */
function notesBlock({ section: { plan }, environments }: EnvironmentGroup): readonly string[] {
  if (plan === undefined) return [];
  const notes = plan.notices.filter(({ severity }) => severity === 'info').map((notice) => `- ${text(notice.text)}`);
  if (notes.length === 0) return [];
  return [
    details(`${namesOf(environments)}: ${notes.length} ${notes.length === 1 ? 'note' : 'notes'}`, notes.join('\n')),
  ];
}

function driftBlock(names: string, plan: Plan): readonly string[] {
  const drifted = driftOf(plan).map(asItHappened);
  if (drifted.length === 0) return [];
  const fields = drifted.reduce((sum, change) => sum + Math.max(1, change.fields.length), 0);
  const lines = drifted.flatMap((change) => [
    `  ${formatKey(change.key)}:`,
    ...diffOf(change).map((line) => `${line.slice(0, 2)}  ${line.slice(2)}`),
  ]);
  return [
    details(
      `Also in ${names}, not by this merge request: ${fields} drifted ${fields === 1 ? 'field' : 'fields'}`,
      `Changed there by other means than Git. Applying this merge request does not touch it.\n\n${fence(lines, 'diff')}`,
    ),
  ];
}

/** As many blocks as there is room for, in order; a block is shown whole or not at all. */
function keepWithin(
  blocks: readonly string[],
  room: number,
): { readonly kept: readonly string[]; readonly omitted: number } {
  const kept: string[] = [];
  let left = room;
  for (const block of blocks) {
    if (block.length + 2 > left) continue;
    kept.push(block);
    left -= block.length + 2;
  }
  return { kept, omitted: blocks.length - kept.length };
}

const mostDigests = 6;

function footer({ sections, head, targetBranch, runUrl, reportUrl }: CommentInput): string {
  const plans = sections.flatMap(({ plan }) => plan ?? []);
  const base = plans.find(({ commit }) => commit.base !== undefined)?.commit.base;
  const merged = base === undefined ? '' : ` merged onto ${code(targetBranch)} ${code(base.slice(0, 7))}`;
  const digests = plans
    .filter((plan) => changesOf(plan).length > 0)
    .map((plan) => `${text(plan.environment)} plan ${code(shortDigest(plan.digest))}`);
  const parts = [`${code(head.slice(0, 7))}${merged}`, ...digests];
  const isBlocked = plans.some(({ releases }) => releases.some(({ blocked }) => blocked.length > 0));
  if (digests.length > mostDigests)
    parts.splice(1 + mostDigests, digests.length, `${digests.length - mostDigests} more plans`);
  if (digests.length > 0 && !isBlocked) parts.push('approve, merge, and exactly this is applied');
  parts.push(...new Set(sections.flatMap((section) => gradeWords(section))));
  if (reportUrl !== undefined) parts.push(`[full report](${reportUrl})`);
  if (runUrl !== undefined) parts.push(`[run](${runUrl})`);
  return `<sub>${parts.join(' · ')}</sub>`;
}

/** What the forge enforces of the gate of an environment that something would be applied to. */
function gradeWords({ plan, gate, grade }: CommentSection): readonly string[] {
  if (plan === undefined || gate === undefined || grade === undefined || changesOf(plan).length === 0) return [];
  const why = grade.grade === 'enforced' ? '' : ` (${text(grade.why)})`;
  return [`gate ${code(gate.mode)} is ${grade.grade} here${why}`];
}
