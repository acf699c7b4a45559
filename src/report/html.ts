/** The full report of a plan, an apply or a look for drift, as a page of its own. */
import type { DriftReport, Finding, HandMade } from '../drift/drift.ts';
import { riskOf } from '../plan/consequences.ts';
import type { Change, Consequence, Plan, PlannedRelease } from '../plan/plan.ts';
import { formatKey } from '../resource/resource.ts';
import {
  actionSign,
  asItHappened,
  changesOf,
  changeWords,
  consequencesOf,
  countWords,
  dangerous,
  diffOf,
} from './change-text.ts';
import { driftWords, editWords, findingName, findingSign, findingWords, handMadeWords } from './drift-text.ts';
import type { AppliedEnvironment, ReleaseOutcome } from './outcome.ts';
import type { PageEnvironment, PageNote, PageObject, PageRelease, Tone } from './page.ts';
import { writePage } from './page.ts';

export interface PageInput {
  /** What the run was for, in words: `merge request 17 at 4f2c81e`. */
  readonly about: string;
  readonly runUrl: string | undefined;
}

interface PlannedSection {
  readonly environment: string;
  readonly plan: Plan | undefined;
  readonly problem: string | undefined;
}

/** The page of a plan: every environment, every line, nothing left out. */
export function planPage(sections: readonly PlannedSection[], { about, runUrl }: PageInput): string {
  const changes = sections.flatMap(({ plan }) => (plan === undefined ? [] : changesOf(plan)));
  const words = countWords(changes);
  const environments = sections.map(({ environment, plan, problem }): PageEnvironment => {
    if (plan === undefined) return { name: environment, target: 'no plan', notes: danger(problem ?? ''), releases: [] };
    const notes = plan.notices.map(({ severity, text }): PageNote => ({ tone: noticeTone[severity], text }));
    return { name: environment, target: plan.target, notes, releases: plan.releases.map(plannedRelease) };
  });
  return writePage({ title: `Plan: ${words === '' ? 'nothing to apply' : words}`, about, environments, runUrl });
}

/** The page of an apply: what became of every release. */
export function outcomePage(applied: readonly AppliedEnvironment[], { about, runUrl }: PageInput): string {
  const outcomes = applied.flatMap(({ releases }) => releases);
  const count = (kind: ReleaseOutcome['kind']): number => outcomes.filter((one) => one.kind === kind).length;
  const words = (['applied', 'refused', 'failed', 'unchanged'] as const)
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} ${kind}`)
    .join(', ');
  const environments = applied.map(
    ({ environment, target, releases }): PageEnvironment => ({
      name: environment,
      target,
      notes: [],
      releases: releases.map(appliedRelease),
    }),
  );
  return writePage({ title: `Apply: ${words === '' ? 'nothing to do' : words}`, about, environments, runUrl });
}

/** The page of a look for drift. */
export function driftPage(reports: readonly DriftReport[], { about, runUrl }: PageInput): string {
  const findings = reports.flatMap((report) => report.findings);
  const environments = reports.map((report): PageEnvironment => {
    const names = [...new Set([...report.findings, ...report.handMade].map(({ release }) => release))];
    const calm: PageNote = { tone: 'good', text: 'What is there is what was applied.' };
    return {
      name: report.environment,
      target: report.target,
      notes: report.findings.length === 0 ? [calm] : [{ tone: 'change', text: driftWords(report) }],
      releases: names.map((name) => driftedRelease(name, report)),
    };
  });
  const objects = `${findings.length} ${findings.length === 1 ? 'object' : 'objects'} changed by hand`;
  return writePage({ title: `Drift: ${findings.length === 0 ? 'none' : objects}`, about, environments, runUrl });
}

const noticeTone = { info: 'quiet', warning: 'change', danger: 'danger' } as const satisfies Record<string, Tone>;

const actionTone = {
  create: 'good',
  update: 'change',
  replace: 'danger',
  delete: 'danger',
  adopt: 'change',
  keep: 'quiet',
  run: 'change',
  unchanged: 'quiet',
} as const satisfies Record<Change['action'], Tone>;

function danger(text: string): readonly PageNote[] {
  return text === '' ? [] : [{ tone: 'danger', text }];
}

function plannedRelease({ name, changes, drifted, untouched, blocked }: PlannedRelease): PageRelease {
  const rest = `${untouched} ${untouched === 1 ? 'object' : 'objects'} untouched`;
  const words = [countWords(changes), drifted.length === 0 ? '' : `${drifted.length} drifted`, rest];
  const byRisk = [...changes].sort((a, b) => riskOf(a) - riskOf(b));
  return {
    name,
    tone: blocked.length > 0 ? 'danger' : changes.length > 0 ? 'change' : 'quiet',
    words: words.filter((word) => word !== '').join(', '),
    notes: blocked.flatMap(({ reason, text, hint }) => danger(`${reason}: ${text}. ${hint}`)),
    objects: [...byRisk.map(changedObject), ...drifted.map(driftedObject)],
  };
}

function changedObject(change: Change): PageObject {
  const meaning = consequencesOf(change).map(
    ({ kind, text }: Consequence): PageNote => ({ tone: dangerous.has(kind) ? 'danger' : 'quiet', text }),
  );
  const source: readonly PageNote[] = change.source === undefined ? [] : [{ tone: 'quiet', text: change.source }];
  return {
    tone: meaning.some(({ tone }) => tone === 'danger') ? 'danger' : actionTone[change.action],
    sign: actionSign[change.action],
    name: formatKey(change.key),
    words: changeWords(change, 3),
    meaning: [...meaning, ...source],
    lines: diffOf(change),
  };
}

function driftedObject(change: Change): PageObject {
  const happened = asItHappened(change);
  const words = `drift: ${changeWords(happened, 3)}`;
  const left: PageNote = { tone: 'quiet', text: 'left alone by an apply' };
  return {
    tone: 'change',
    sign: '?',
    name: formatKey(change.key),
    words,
    meaning: [left],
    lines: diffOf(happened),
  };
}

function appliedRelease(outcome: ReleaseOutcome): PageRelease {
  const name = outcome.name ?? 'every release';
  switch (outcome.kind) {
    case 'applied': {
      const words = `applied: ${countWords(outcome.changes)}`;
      return { name, tone: 'good', words, notes: [], objects: outcome.changes.map(changedObject) };
    }
    case 'unchanged':
      return { name, tone: 'quiet', words: 'agrees with Git', notes: [], objects: [] };
    case 'refused': {
      const { reason, text, hint, changes } = outcome.refusal;
      const notes = danger(`${text}. ${hint}`);
      return { name, tone: 'danger', words: `not applied: ${reason}`, notes, objects: changes.map(changedObject) };
    }
    case 'failed': {
      const { reason, message, hint } = outcome.problem;
      return {
        name,
        tone: 'danger',
        words: `failed: ${reason}`,
        notes: danger(`${message}. ${hint ?? ''}`),
        objects: [],
      };
    }
  }
}

function driftedRelease(name: string, { findings, handMade }: DriftReport): PageRelease {
  const own = findings.filter(({ release }) => release === name);
  const added = handMade.filter(({ release }) => release === name);
  const words = [
    own.length === 0 ? '' : `${own.length} ${own.length === 1 ? 'object' : 'objects'} changed by hand`,
    added.length === 0 ? '' : `${added.length} added by hand, which nobody renders`,
  ];
  return {
    name,
    tone: own.length === 0 ? 'quiet' : 'change',
    words: words.filter((word) => word !== '').join(', '),
    notes: [],
    objects: [...own.map(findingObject), ...added.map(handMadeObject)],
  };
}

function handMadeObject(added: HandMade): PageObject {
  const { key, path, live } = added;
  return {
    tone: 'quiet',
    sign: '·',
    name: formatKey(key),
    words: 'added by hand, nobody renders it; an apply leaves it there',
    meaning: [{ tone: 'quiet', text: handMadeWords(added) }],
    lines: path === '' ? [] : [`+ ${path}: ${live}`],
  };
}

function findingObject(finding: Finding): PageObject {
  return {
    tone: finding.what === 'changed' ? 'change' : 'danger',
    sign: findingSign[finding.what],
    name: findingName(finding),
    words: findingWords(finding),
    meaning: finding.edits.map((edit) => ({ tone: 'quiet', text: editWords(edit) })),
    lines: finding.fields.flatMap(({ path, recorded, live }) => [
      ...(recorded === undefined ? [] : [`- ${path}: ${recorded}`]),
      ...(live === undefined ? [] : [`+ ${path}: ${live}`]),
    ]),
  };
}
