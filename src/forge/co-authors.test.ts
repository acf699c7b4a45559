import { expect, test } from '@jest/globals';
import { coAuthorsOf } from './co-authors.ts';

test('co-authors are read from trailers, in any case, with outer blanks', () => {
  const message = [
    'Two replicas are enough',
    '',
    'Co-authored-by: Grace Hopper <grace@example.test>',
    'co-authored-by:Ada <ada@example.test>  ',
    'Co-authored-by: nobody',
    'I wrote Co-authored-by: Eve <eve@example.test> in a sentence',
  ].join('\n');
  expect(coAuthorsOf(message).map((one) => `${one.name} ${one.email}`)).toEqual([
    'Grace Hopper grace@example.test',
    'Ada ada@example.test',
  ]);
});
