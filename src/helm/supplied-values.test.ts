import { expect, test } from '@jest/globals';
import { suppliedValues } from './supplied-values.ts';

const file = (text: string) => ({ name: 'values.yaml', data: new TextEncoder().encode(text) });

test('files and flags are joined as Helm joins them, and nothing of a chart is among them', () => {
  const values = suppliedValues({
    files: [file('replicas: 2\nimage: { tag: "1", name: café }\nempty: null\n'), file('image: { tag: "2" }\n')],
    set: ['replicas=3,list={a,b}', 'big=9007199254740993'],
    setString: ['image.pull=yes'],
  });
  expect(values).toEqual({
    replicas: 3,
    image: { tag: '2', name: 'café', pull: 'yes' },
    empty: null,
    list: ['a', 'b'],
    big: 9007199254740993n,
  });
});
