import { expect, test } from '@jest/globals';
import { Problem } from '../problem.ts';
import { withOutcome } from './comment-outcome.ts';
import type { AppliedEnvironment } from './outcome.ts';

function failed(environment: string, message: string): AppliedEnvironment {
  const problem = new Problem({ reason: 'conflict', message });
  return { environment, target: '', releases: [{ kind: 'failed', name: 'catalog', problem }] };
}

test('the outcome stands below the heading, once for each environment, and the newest counts', () => {
  const shown = '## Pushgate: 1 updated\n\n| table |\n\n<!-- pushgate:comment:v1 -->';
  const first = withOutcome(shown, failed('production', 'first try'));
  const second = withOutcome(withOutcome(first, failed('staging', 'other')), failed('production', 'second try'));
  expect(second.split('\n')[0]).toBe('## Pushgate: 1 updated');
  expect(second).toContain('second try');
  expect(second).toContain('Failed**: catalog in staging');
  expect(second).not.toContain('first try');
  expect(second.endsWith('| table |\n\n<!-- pushgate:comment:v1 -->')).toBe(true);
});

test('nothing is said where nothing was to be done', () => {
  expect(
    withOutcome('body', { environment: 'e', target: '', releases: [{ kind: 'unchanged', name: 'a', drifted: 0 }] }),
  ).toBe('body');
});
