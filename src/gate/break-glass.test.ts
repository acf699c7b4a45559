import { describe, expect, test } from '@jest/globals';
import type { ReasonCode } from '../problem.ts';
import { reasons } from '../problem.ts';
import { type BreakGlass, breakGlass, reasonMistake } from './break-glass.ts';
import type { Refusal } from './decision.ts';

const refusal: Refusal = {
  kind: 'refuse',
  reason: 'approval-missing',
  text: 'not approved',
  hint: 'Ask.',
  changes: [],
};
const glass: BreakGlass = {
  reason: 'orders fail',
  by: 'rita',
  allowed: ['Rita', '@acme/oncall'],
  members: new Map([['@acme/oncall', ['tom']]]),
};

describe('the glass is broken', () => {
  test('by those whom the rules name, and by members of a team that they name', () => {
    const broken = { reason: 'orders fail', instead: 'approval-missing', text: 'not approved' };
    expect(breakGlass(refusal, glass)).toEqual({
      kind: 'allow',
      mergeRequests: [],
      brokenGlass: { by: 'rita', ...broken },
    });
    expect(breakGlass(refusal, { ...glass, by: 'tom' })).toMatchObject({ brokenGlass: { by: 'tom' } });
  });

  test.each([
    ['anybody else', { by: 'eve' }],
    ['somebody unknown', { by: undefined }],
    ['anybody where nobody is named', { allowed: undefined }],
    ['members of a team that is hidden', { by: 'tom', members: new Map([['@acme/oncall', undefined]]) }],
    ['somebody who is called like a team', { by: '@acme/oncall' }],
  ])('not by %s', (_words, facts) => {
    expect(breakGlass(refusal, { ...glass, ...facts })).toMatchObject({
      kind: 'refuse',
      reason: 'break-glass-refused',
    });
  });

  test('for approval and time only: never for a fork, an older commit, a hold, a brake, another branch or no policy', () => {
    const broken = (Object.keys(reasons) as ReasonCode[]).filter(
      (reason) => breakGlass({ ...refusal, reason }, glass).kind === 'allow',
    );
    expect(broken.sort()).toEqual(
      ['approval-missing', 'frozen', 'head-moved', 'no-merge-request', 'not-shown', 'outside-window'].sort(),
    );
  });
});

test.each([
  ['orders fail since noon', undefined],
  ['two\nlines', 'no text'],
  ['turned \u202e around', 'no text'],
  ['x'.repeat(201), 'longer'],
])('%j as a reason: %s', (reason, mistake) => {
  expect(reasonMistake(reason) ?? '').toContain(mistake ?? '');
});
