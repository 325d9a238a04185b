import { z } from 'zod';
import { configSchema } from './schema/config.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * JSON Schema (draft 7, which editors support best) of `havun.yaml` as a person writes it: with `${VARIABLES}` wherever they are
 * allowed, and with relative paths. Published as `config/havun.schema.json`.
 */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema, path }) => {
      if (jsonSchema.pattern === absolutePath) delete jsonSchema.pattern;
      if (isConstrained(jsonSchema) && path.at(-1) !== 'propertyNames') allowVariable(jsonSchema);
    },
  });
}

/** Moves the constraints of the value into one of two alternatives; descriptions and defaults stay where editors look. */
function allowVariable(jsonSchema: JsonSchema): void {
  const entries = Object.entries(jsonSchema).filter(([key]) => !annotations.has(key));
  for (const [key] of entries) Reflect.deleteProperty(jsonSchema, key);
  jsonSchema.anyOf = [Object.fromEntries(entries), variable];
}

const annotations: ReadonlySet<string> = new Set(['description', 'examples', 'default']);

const variable: JsonSchema = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}' };

/** The pattern of a storage's path, which the loader makes absolute. */
const absolutePath = '^\\/';

/** Whether a reference to a variable would not match. `const` is left alone: it tells the options of a union apart. */
const isConstrained = ({ type, pattern, format, enum: values }: JsonSchema): boolean =>
  type === 'number' ||
  type === 'integer' ||
  type === 'boolean' ||
  (type === 'string' && (pattern !== undefined || format !== undefined || values !== undefined));
