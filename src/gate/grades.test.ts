import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ForgePlan, GradedMode } from './grades.ts';
import { forgePlans, gradeOf } from './grades.ts';

const asking = { mergeRequestRequired: true, approvals: 1 };
const plans = Object.keys(forgePlans) as readonly ForgePlan[];

describe('a gate is graded', () => {
  test.each([
    ['merge', 'github-free-public', asking, 'enforced', 'a rule of the branch'],
    ['merge', 'github-free-public', { ...asking, approvals: 0 }, 'advisory', 'asks for no approval'],
    ['merge', 'github-free-public', { ...asking, mergeRequestRequired: false }, 'advisory', 'can be pushed to'],
    ['merge', 'github-team', undefined, 'advisory', 'could not be read'],
    ['merge', 'github-free-private', asking, 'advisory', 'every writer can change'],
    ['environment', 'github-team', asking, 'unavailable', 'Enterprise'],
    ['merge', 'gitlab-free', asking, 'advisory', 'whoever may merge'],
    ['merge', 'gitlab-premium', { ...asking, approvals: undefined }, 'enforced', 'approval rules'],
    ['comment', 'gitlab-ultimate', asking, 'unavailable', 'no pipelines'],
    ['merge', undefined, asking, 'advisory', 'could not be found out'],
  ] as const)('%s on %s with %j is %s', (mode, plan, branch, grade, why) => {
    expect(gradeOf({ mode, plan, branch })).toEqual({ grade, why: expect.stringContaining(why) });
  });

  test('never higher because less is known', () => {
    const order = ['unavailable', 'advisory', 'enforced'];
    const fact = fc.constantFrom(true, false, undefined);
    fc.assert(
      fc.property(
        fc.constantFrom(...plans),
        fc.constantFrom<GradedMode>('merge', 'environment', 'comment'),
        fact,
        fc.constantFrom(0, 1, undefined),
        (plan, mode, mergeRequestRequired, approvals) => {
          const known = order.indexOf(gradeOf({ mode, plan, branch: { mergeRequestRequired, approvals } }).grade);
          const blind = order.indexOf(gradeOf({ mode, plan, branch: undefined }).grade);
          if (mergeRequestRequired === true && approvals === 1) expect(blind).toBeLessThanOrEqual(known);
        },
      ),
    );
  });
});
