import { expect, test } from '@jest/globals';
import { unionOf, without, withoutFields } from './field-set.ts';

const container = 'k:{"name":"app"}';

test('the union has what either has, and the thing itself beside what is in it', () => {
  expect(unionOf({ 'f:a': {} }, { 'f:a': { 'f:b': {} }, 'f:c': {} })).toEqual({
    'f:a': { '.': {}, 'f:b': {} },
    'f:c': {},
  });
  expect(unionOf({ 'f:a': { 'f:b': {} } }, { 'f:a': { 'f:c': {} } })).toEqual({ 'f:a': { 'f:b': {}, 'f:c': {} } });
});

test('a difference drops what the other has, whole things with all below', () => {
  expect(without({ 'f:a': { '.': {}, 'f:b': {}, 'f:c': {} } }, { 'f:a': { '.': {}, 'f:b': {} } })).toEqual({
    'f:a': { 'f:c': {} },
  });
  expect(without({ 'f:a': { 'f:b': {} }, 'f:d': {} }, { 'f:a': {} })).toEqual({ 'f:d': {} });
  expect(without({ 'f:a': { '.': {}, 'f:b': {} } }, { 'f:a': { 'f:b': {} } })).toEqual({ 'f:a': {} });
});

const value = {
  labels: { mine: '1', theirs: '2' },
  containers: [
    { name: 'app', image: 'a', policy: 'Always' },
    { name: 'side', image: 'b' },
  ],
  finalizers: ['one', 'two'],
};

test('a field goes with all that is in it, also with what nobody owns', () => {
  expect(
    withoutFields(value, { 'f:containers': { [container]: { '.': {}, 'f:name': {}, 'f:image': {} } } }, {}),
  ).toEqual({ ...value, containers: [{ name: 'side', image: 'b' }] });
  expect(withoutFields(value, { 'f:finalizers': { 'v:"one"': {} } }, {})).toEqual({ ...value, finalizers: ['two'] });
});

test('a thing stays as long as somebody has something in it', () => {
  const gone = { 'f:labels': { '.': {}, 'f:mine': {} }, 'f:containers': { [container]: { '.': {}, 'f:image': {} } } };
  const kept = { 'f:labels': { 'f:theirs': {} }, 'f:containers': { [container]: { '.': {}, 'f:name': {} } } };
  expect(withoutFields(value, gone, kept)).toEqual({
    ...value,
    labels: { theirs: '2' },
    containers: [
      { name: 'app', policy: 'Always' },
      { name: 'side', image: 'b' },
    ],
  });
});

test('where nothing goes the value is the same one', () => {
  expect(withoutFields(value, { 'f:labels': { 'f:gone': {} }, 'f:other': {} }, {})).toBe(value);
  expect(withoutFields(value, { 'f:labels': { '.': {}, 'f:mine': {} } }, { 'f:labels': {} })).toBe(value);
});
