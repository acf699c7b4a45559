/** What stands in a plan for a value that is generated at the apply. */
import type { Json } from '../resource/resource.ts';

/** Two of them are equal when their forms (generated.ts) are. */
export function placeholderOf(form: string): string {
  return `‹generated at apply:${form}›`;
}

const placeholder = /‹generated at apply:[\w-]{22}›/g;

export function isPlaceholder(value: Json): boolean {
  return typeof value === 'string' && value !== '' && value.replace(placeholder, '') === '';
}

/** As people read it. */
export function readablePlaceholders(text: string): string {
  return text.replace(placeholder, '‹generated at apply›');
}
