import { expect, test } from '@jest/globals';
import { formatProblem, nearest, Problem } from './problem.ts';

test('a problem is printed with its reason, place, message, excerpt and hint, and without a stack', () => {
  const problem = new Problem({
    reason: 'render-failed',
    where: 'charts/catalog/templates/service.yaml:9:14',
    message: 'container has no key "prot"',
    excerpt: '9 | port: {{ .Values.container.prot }}',
    hint: 'Did you mean "port"?',
  });
  expect(formatProblem(problem)).toBe(
    [
      '✖ render-failed: charts/catalog/templates/service.yaml:9:14',
      '  container has no key "prot"',
      '  9 | port: {{ .Values.container.prot }}',
      '  Did you mean "port"?',
    ].join('\n'),
  );
});

test('a suggestion is made for a slip of the keyboard and not for another word', () => {
  expect(nearest('relaeses', ['releases', 'environments'])).toBe('releases');
  expect(nearest('Namespace', ['namespace'])).toBe('namespace');
  expect(nearest('colour', ['releases', 'environments'])).toBeUndefined();
  expect(nearest('set', ['out', 'to'])).toBeUndefined();
});
