/** The form of what a verb prints. */
import { Problem } from '../../problem.ts';
import type { Host } from '../host.ts';

/** `--output`, one of the forms that the verb has. */
export function outputForm<Form extends string>(host: Host, forms: readonly [Form, ...Form[]]): Form {
  const given = host.given.text('output');
  if (given === undefined) return forms[0];
  const form = forms.find((candidate) => candidate === given);
  if (form !== undefined) return form;
  throw new Problem({
    reason: 'usage',
    message: `--output ${given} is not a form of this command`,
    hint: `It has: ${forms.join(', ')}.`,
  });
}
