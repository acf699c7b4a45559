/** `node scripts/schema.ts`: writes docs/pushgate.schema.json from the schema of the configuration. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { jsonSchemaText } from '../src/config/json-schema.ts';

mkdirSync('docs', { recursive: true });
writeFileSync('docs/pushgate.schema.json', jsonSchemaText());
