import type { Resource } from '../resource.ts';
import { conditionOf, failed, type Health, progressing, ready } from './state.ts';

/** Objects of the kind can be written once it is established. */
export function customResourceDefinitionHealth(live: Resource): Health {
  const names = conditionOf(live, 'NamesAccepted');
  if (names?.status === 'False') return failed(names.message);
  return conditionOf(live, 'Established')?.status === 'True' ? ready() : progressing('not established yet');
}
