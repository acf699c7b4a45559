/** Who set a field that a plan or a drift names: the server's notes, asked for by the path as it is shown. */
import { type Author, authorOf } from '../fields/attribution.ts';
import type { FieldStep } from '../fields/managed.ts';
import { isList, isObject, type Json, type Resource } from '../resource/resource.ts';
import { elementKeys, elementName, type Path } from './path.ts';

/** The newest other manager of the field; undefined where nobody else has it. */
export function authorAt(live: Resource, path: Path): Author | undefined {
  return authorOf(
    live,
    path.map((step, index) => fieldStep(live, path, step, index)),
  );
}

/** Lists of the plan are matched by one field where that will do; the server's notes name all of the key, as typed. */
function fieldStep(live: Resource, path: Path, step: Path[number], index: number): FieldStep {
  if (typeof step === 'string') return step;
  if (typeof step === 'number') return String(step);
  const element = elementAt(live, path.slice(0, index + 1));
  const keys = element === undefined ? undefined : elementKeys(element, step.by);
  return { keys: keys ?? { [step.by]: step.is } };
}

function elementAt(value: Json, path: Path): Json | undefined {
  let current: Json | undefined = value;
  for (const step of path) {
    if (typeof step === 'string') current = isObject(current) ? current[step] : undefined;
    else if (typeof step === 'number') current = isList(current) ? current[step] : undefined;
    else if (isList(current)) {
      current = current.find((element) => elementName(element, step.by) === step.is);
    } else return undefined;
  }
  return current;
}
