/**
 * JUnit: one suite an environment, one case a release, so that a forge shows what failed beside the other tests.
 * The form is the one that GitLab and most test viewers read (testmoapp/junitxml).
 */
import type { DriftReport } from '../drift/drift.ts';
import type { Plan, PlannedRelease } from '../plan/plan.ts';
import { formatProblem } from '../problem.ts';
import { formatKey } from '../resource/resource.ts';
import { actionSign, changeWords } from './change-text.ts';
import { findingName, findingWords } from './drift-text.ts';
import { escapeMarkup } from './markup.ts';
import type { AppliedEnvironment, ReleaseOutcome } from './outcome.ts';

interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

interface JunitCase {
  readonly name: string;
  /** What was done, or would be. */
  readonly output: string;
  /** Why this is no success; `error` where nobody could know, `failure` where it is known. */
  readonly fault: { readonly kind: 'failure' | 'error'; readonly reason: string; readonly text: string } | undefined;
}

interface PlannedSection {
  readonly environment: string;
  readonly plan: Plan | undefined;
  readonly problem: string | undefined;
}

/** A plan: what cannot be planned is an error, what cannot be applied as it is a failure. */
export function planJunit(sections: readonly PlannedSection[]): string {
  const suites = sections.map(({ environment, plan, problem }): JunitSuite => {
    if (plan !== undefined) return { name: environment, cases: plan.releases.map(plannedCase) };
    const fault = { kind: 'error', reason: 'no-plan', text: problem ?? '' } as const;
    return { name: environment, cases: [{ name: 'plan', output: '', fault }] };
  });
  return writeJunit(suites);
}

function plannedCase({ name, changes, blocked }: PlannedRelease): JunitCase {
  const [first] = blocked;
  const text = blocked.map((blocker) => `${blocker.text}. ${blocker.hint}`).join('\n');
  return {
    name,
    output: changes.map(changeLine).join('\n'),
    fault: first === undefined ? undefined : { kind: 'failure', reason: first.reason, text },
  };
}

function changeLine(change: PlannedRelease['changes'][number]): string {
  return `${actionSign[change.action]} ${formatKey(change.key)}  ${changeWords(change, 3)}`;
}

/** An apply: a refused release is a failure, one that failed an error. */
export function outcomeJunit(applied: readonly AppliedEnvironment[]): string {
  return writeJunit(
    applied.map(({ environment, releases }) => ({ name: environment, cases: releases.map(appliedCase) })),
  );
}

function appliedCase(outcome: ReleaseOutcome): JunitCase {
  const name = outcome.name ?? 'every release';
  switch (outcome.kind) {
    case 'applied':
      return { name, output: outcome.changes.map(changeLine).join('\n'), fault: undefined };
    case 'unchanged':
      return { name, output: '', fault: undefined };
    case 'refused': {
      const { reason, text, hint, changes } = outcome.refusal;
      return {
        name,
        output: changes.map(changeLine).join('\n'),
        fault: { kind: 'failure', reason, text: `${text}. ${hint}` },
      };
    }
    case 'failed':
      return {
        name,
        output: '',
        fault: { kind: 'error', reason: outcome.problem.reason, text: formatProblem(outcome.problem) },
      };
  }
}

/** A look for drift: every release that drifted is a failure. */
export function driftJunit(reports: readonly DriftReport[]): string {
  return writeJunit(
    reports.map(({ environment, findings, target }) => {
      const names = [...new Set(findings.map(({ release }) => release))];
      const cases = names.map((name): JunitCase => {
        const own = findings.filter(({ release }) => release === name);
        const text = own.map((finding) => `${findingName(finding)}  ${findingWords(finding)}`).join('\n');
        return { name, output: '', fault: { kind: 'failure', reason: 'drift', text } };
      });
      return {
        name: environment,
        cases: cases.length > 0 ? cases : [{ name: target, output: 'no drift', fault: undefined }],
      };
    }),
  );
}

function writeJunit(suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="pushgate" ${counts(cases)}>`,
    ...suites.flatMap((suite) => [
      `  <testsuite name="${xmlText(suite.name)}" ${counts(suite.cases)}>`,
      ...suite.cases.map((one) => caseXml(suite.name, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(cases: readonly JunitCase[]): string {
  const count = (kind: string): number => cases.filter(({ fault }) => fault?.kind === kind).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}"`;
}

function caseXml(suite: string, { name, output, fault }: JunitCase): string {
  const parts = [
    ...(fault === undefined
      ? []
      : [
          `      <${fault.kind} type="${xmlText(fault.reason)}" message="${xmlText(fault.reason)}">${xmlText(fault.text)}</${fault.kind}>`,
        ]),
    ...(output === '' ? [] : [`      <system-out>${xmlText(output)}</system-out>`]),
  ];
  const open = `    <testcase classname="${xmlText(suite)}" name="${xmlText(name)}"`;
  return parts.length === 0 ? `${open}/>` : [`${open}>`, ...parts, '    </testcase>'].join('\n');
}

/** XML 1.0 has no place for most control signs, not even escaped, nor for half surrogates. */
function xmlText(value: string): string {
  const allowed = value.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return escapeMarkup(allowed);
}
