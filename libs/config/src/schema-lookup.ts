import type { z } from 'zod';
import type { Path } from './problem.js';

/** The value at a path of the data, or undefined. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string, unknown>)[String(part)]
        : undefined,
    data,
  );
}

/** The keys that the schema has at a path; the data choose among a union's options. */
export function knownKeys(root: z.ZodType, data: unknown, path: Path): string[] {
  const shapes = schemasAt(root, data, path).map((schema) => definitionOf(schema).shape);
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape ?? {})))];
}

/** The possible types of a discriminated union at a path. */
export function discriminatorValues(root: z.ZodType, data: unknown, path: Path, key: string): string[] {
  const schema = path.reduce<z.ZodType[]>(
    (schemas, part, depth) =>
      schemas.flatMap((each) => children(each, String(part), valueAt(data, path.slice(0, depth)))),
    [root],
  );
  return schema.flatMap((each) => optionsOf(each)).flatMap((option) => literalsOf(option, key).map(String));
}

/** What is needed here of a schema's definition; zod has no typed way to look into an unknown schema. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Record<string, z.ZodType>;
  readonly options?: z.ZodType[];
  readonly values?: unknown[];
}
const definitionOf = (schema: z.ZodType): Definition => schema.def;

/** The schema inside optional, default, transform and the like. */
function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType, in: input } = definitionOf(schema);
  const inner = innerType ?? input;
  return inner ? unwrap(inner) : schema;
}

const optionsOf = (schema: z.ZodType): z.ZodType[] => (definitionOf(unwrap(schema)).options ?? []).map(unwrap);

/** The schemas that may apply to a path: several where a union's option is not known. */
function schemasAt(root: z.ZodType, data: unknown, path: Path): z.ZodType[] {
  let schemas = chosen(root, data);
  path.forEach((part, depth) => {
    const value = valueAt(data, path.slice(0, depth + 1));
    const holder = valueAt(data, path.slice(0, depth));
    schemas = schemas
      .flatMap((schema) => children(schema, String(part), holder))
      .flatMap((each) => chosen(each, value));
  });
  return schemas;
}

function children(schema: z.ZodType, key: string, holder: unknown): z.ZodType[] {
  return chosen(schema, holder).flatMap((each) => {
    const { shape, valueType, element } = definitionOf(each);
    const child = shape && Object.hasOwn(shape, key) ? shape[key] : (valueType ?? element);
    return child ? [child] : [];
  });
}

/** The options of a union that the data may mean: chosen by `type`, where the data have one. */
function chosen(schema: z.ZodType, value: unknown): z.ZodType[] {
  const options = optionsOf(schema);
  if (options.length === 0) return [unwrap(schema)];
  const type = valueAt(value, ['type']);
  const meant = options.filter((option) => literalsOf(option, 'type').includes(type));
  return meant.length > 0 ? meant : options;
}

function literalsOf(schema: z.ZodType, key: string): unknown[] {
  const literal = definitionOf(schema).shape?.[key];
  return literal ? (definitionOf(unwrap(literal)).values ?? []) : [];
}
