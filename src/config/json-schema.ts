/** The published JSON Schema, for editors; made from the schema that also checks. Not part of any bundle. */
import * as z from 'zod/mini';
import { rawConfig } from './raw.ts';

/** The text of docs/pushgate.schema.json. Draft 7, because that is what editors read. */
export function jsonSchemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(rawConfig, { target: 'draft-7' });
  return `${wordsOnOneLine(JSON.stringify({ $schema, title: 'pushgate.yaml', ...schema }, undefined, 2))}\n`;
}

/** As the formatter of this repository writes lists of words, so that the generated file is also a formatted one. */
function wordsOnOneLine(json: string): string {
  return json.replace(/\[\n\s+("[^"]*"(?:,\n\s+"[^"]*")*)\n\s+\]/g, (_, words: string) => {
    return `[${words.replace(/,\n\s+/g, ', ')}]`;
  });
}
