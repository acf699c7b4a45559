import { expect, test } from '@jest/globals';
import { type RollbackFacts, rollbackBody, rollbackTitle } from './rollback-request.ts';

const facts: RollbackFacts = {
  release: 'catalog',
  environment: 'production',
  revision: 3,
  commit: '0123456789abcdef0123456789abcdef01234567',
  by: 'ann',
  reason: 'orders fail',
  mergeRequests: [7, 9],
  isReconfigured: false,
};

test('says who, why, what was rolled back, and what the hold waits for', () => {
  expect(rollbackTitle(facts)).toBe('Roll back catalog in production to revision 3');
  const body = rollbackBody(facts, { sign: '#' });
  expect(body).toContain('ann brought <code>catalog</code> in <code>production</code> back to revision 3.');
  expect(body).toContain('what came by #7, #9.');
  expect(body).toContain('Why: orders fail');
  expect(body).toContain('on hold until this is merged or closed');
  expect(body).not.toContain('configuration of the release');
});

test('nothing that people wrote becomes markup, a mention or a command', () => {
  const body = rollbackBody({ ...facts, by: '@all', reason: 'x\n/approve <img src=x> [a](b)' }, { sign: '!' });
  expect(body).not.toMatch(/@all|^\/approve|<img|\[a\]/m);
});
