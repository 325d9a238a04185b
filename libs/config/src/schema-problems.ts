import type { z } from 'zod';
import { didYouMean, nearest } from './nearest.js';
import { pathText, type ConfigProblem, type Path } from './problem.js';

type Issue = z.core.$ZodIssue;

/** What does not fit the schema, in plain words. Never shows a value: it may be a secret. */
export function schemaProblems(schema: z.ZodType, data: unknown, issues: readonly Issue[]): ConfigProblem[] {
  return issues.flatMap((issue) => describe(schema, data, issue));
}

function describe(schema: z.ZodType, data: unknown, issue: Issue): ConfigProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const at = pathText(path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(schema, data, path, key));
    case 'invalid_type':
      return [{ path: at, message: wrongType(issue.expected, valueAt(data, path)) }];
    case 'invalid_value':
      return [
        { path: at, message: `must be ${oneOf(issue.values.map(String))}${guess(valueAt(data, path), issue.values)}` },
      ];
    case 'invalid_union':
      return [unionProblem(schema, data, path, issue)];
    case 'invalid_key':
      return [{ path: at, message: issue.issues.map(({ message }) => `this name ${message}`).join('; ') }];
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'custom':
      return [{ path: at, message: plain(issue.message) }];
  }
}

const plain = (message: string): string =>
  message.replace(/^Invalid (\w)/, 'is not a valid $1').replace(/^Too /, 'is too ');

function unknownKey(schema: z.ZodType, data: unknown, path: Path, key: string): ConfigProblem {
  const known = knownKeys(schema, data, path);
  const hint = nearest(key, known);
  return {
    path: pathText([...path, key]),
    message: `unknown key${hint === undefined ? '' : `; did you mean "${hint}"?`}`,
    ...(hint === undefined && known.length > 0 && { remedy: `known here: ${known.join(', ')}` }),
  };
}

function unionProblem(
  schema: z.ZodType,
  data: unknown,
  path: Path,
  issue: Issue & { code: 'invalid_union' },
): ConfigProblem {
  const discriminator = 'discriminator' in issue ? issue.discriminator : undefined;
  if (discriminator === undefined) {
    const kinds = new Set(
      issue.errors.flat().flatMap((each) => (each.code === 'invalid_type' ? [article(each.expected)] : [])),
    );
    return { path: pathText(path), message: `must be ${[...kinds].join(' or ')}` };
  }
  const holder = path.at(-1) === discriminator ? path.slice(0, -1) : path;
  const known = discriminatorValues(schemaAt(schema, data, holder), discriminator);
  const given = valueAt(data, [...holder, discriminator]);
  return {
    path: pathText([...holder, discriminator]),
    message:
      given === undefined ? `is missing: it must be ${oneOf(known)}` : `must be ${oneOf(known)}${guess(given, known)}`,
  };
}

const guess = (given: unknown, known: readonly unknown[]): string =>
  typeof given === 'string' ? didYouMean(given, known.map(String)) : '';

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? `"${values[0] ?? ''}"` : `one of ${values.map((value) => `"${value}"`).join(', ')}`;

function wrongType(expected: string, given: unknown): string {
  if (given === undefined) return `is missing: it must be ${article(expected)}`;
  return `must be ${article(expected)}, and is ${article(kindOf(given))}`;
}

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
};

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section with keys',
  record: 'a section with keys',
  null: 'empty',
};
const article = (kind: string): string => words[kind] ?? kind;

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[String(part)] : undefined,
    data,
  );
}

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

function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType, in: input } = definitionOf(schema);
  const inner = innerType ?? input;
  return inner ? unwrap(inner) : schema;
}

/** The schema that applies to a path, choosing among a union's by what the data say. */
function schemaAt(root: z.ZodType, data: unknown, path: Path): z.ZodType | undefined {
  let schema: z.ZodType | undefined = root;
  for (let depth = 0; schema && depth <= path.length; depth += 1) {
    schema = unwrap(schema);
    if (depth === path.length) return schema;
    schema = childOf(schema, String(path[depth]), valueAt(data, path.slice(0, depth)));
  }
  return schema;
}

function childOf(schema: z.ZodType, key: string, value: unknown): z.ZodType | undefined {
  const { shape, valueType, element } = definitionOf(chosen(schema, value) ?? schema);
  return shape?.[key] ?? valueType ?? element;
}

/** Of a discriminated union, the option that the data have chosen. */
function chosen(schema: z.ZodType, value: unknown): z.ZodType | undefined {
  const { options } = definitionOf(schema);
  const type = valueAt(value, ['type']);
  return options?.map(unwrap).find((option) => literalsOf(option, 'type').includes(type));
}

const literalsOf = (schema: z.ZodType, key: string): unknown[] => {
  const literal = definitionOf(schema).shape?.[key];
  return literal ? (definitionOf(unwrap(literal)).values ?? []) : [];
};

function knownKeys(root: z.ZodType, data: unknown, path: Path): string[] {
  const schema = schemaAt(root, data, path);
  if (!schema) return [];
  return Object.keys(definitionOf(chosen(schema, valueAt(data, path)) ?? schema).shape ?? {});
}

function discriminatorValues(schema: z.ZodType | undefined, key: string): string[] {
  return (schema ? (definitionOf(schema).options ?? []) : []).flatMap((option) =>
    literalsOf(unwrap(option), key).map(String),
  );
}
