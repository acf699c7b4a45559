import type { Ajv, Options, ValidateFunction } from 'ajv';
import { fromText } from '../bytes.ts';
import { compileExpression, matches } from '../functions/regex/expression.ts';
import { ajv, ajv04, ajv2019, ajv2020 } from '../on-demand.ts';
import { schemaFormats } from './schema-formats.ts';
import type { Draft } from './schema-quick.ts';

/** A schema that says nothing about values, whatever they are; the message is for the report. */
export class UnusableSchema extends Error {}

/**
 * Turns a schema into a program that finds what is wrong with values. Takes much longer than running it once. Throws
 * `UnusableSchema`.
 */
export function compileSchema(
  schema: object | boolean,
  draft: Draft,
  warn: (message: string) => void,
): ValidateFunction {
  const reader = readerFor(draft);
  for (;;) {
    try {
      return reader.compile(schema);
    } catch (error) {
      const missing = missingReference(error);
      if (missing?.startsWith('urn:')) {
        warn(`unresolved URN reference ignored; using permissive schema urn=${missing}`);
        reader.addSchema({}, missing);
        continue;
      }
      if (missing !== undefined) {
        throw new UnusableSchema(
          `failing loading ${JSON.stringify(missing)}: references to other documents are not followed while rendering`,
        );
      }
      throw new UnusableSchema(`values.schema.json cannot be used: ${error instanceof Error ? error.message : error}`);
    } finally {
      // Two charts may give their schemas one $id.
      if (typeof schema === 'object') reader.removeSchema(schema);
    }
  }
}

type Reader = Pick<Ajv, 'compile' | 'addSchema' | 'removeSchema' | 'RULES'>;

const readers = new Map<Draft, Reader>();

/** One for all charts: each would compile its draft's own schema before it looks at the first one of a chart. */
export function readerFor(draft: Draft): Reader {
  const known = readers.get(draft);
  if (known !== undefined) return known;
  const reader = ajvFor(draft);
  readers.set(draft, reader);
  return reader;
}

function missingReference(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('missingSchema' in error)) return undefined;
  return typeof error.missingSchema === 'string' ? error.missingSchema : undefined;
}

const linearTime = Object.assign(
  (pattern: string) => {
    const expression = compileExpression(fromText(pattern));
    // ajv keeps expressions by what toString gives, so each needs its own.
    return { test: (text: string) => matches(expression, fromText(text)), toString: () => pattern };
  },
  { code: 'linearTime' },
);

function ajvFor(draft: Draft): Reader {
  const options: Options = {
    strict: false,
    allErrors: true,
    verbose: true,
    logger: false,
    // From 2019-09 on, `format` is a remark.
    validateFormats: draft <= 7,
    formats: schemaFormats,
    multipleOfPrecision: 12,
    // A schema is mostly used once: making its check faster would take longer than the check.
    code: { regExp: linearTime, optimize: false },
  };
  if (draft === 4) return new (ajv04().default)(options);
  const Later = draft === 2019 ? ajv2019().Ajv2019 : draft === 2020 ? ajv2020().Ajv2020 : ajv().Ajv;
  const reader = new Later(options);
  // ajv refuses this keyword of draft 4; in later drafts it means nothing.
  reader.removeKeyword('id');
  return reader;
}
