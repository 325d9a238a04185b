import type { z } from 'zod';
import { didYouMean, nearest } from './nearest.js';
import { pathText, type ConfigProblem, type Path } from './problem.js';
import { discriminatorValues, knownKeys, valueAt } from './schema-lookup.js';

type Issue = z.core.$ZodIssue;

interface Context {
  readonly schema: z.ZodType;
  readonly data: unknown;
  /** Paths whose value must not be shown, because it came from the environment. */
  readonly hidden: ReadonlySet<string>;
}

/** What does not fit the schema, in plain words. Shows a value only where a number or true/false was expected, never a secret. */
export function schemaProblems(context: Context, issues: readonly Issue[], below: Path = []): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const path = [...below, ...issue.path.map(pathPart)];
    const remedy = remedies[path.at(-1) ?? ''];
    return describe(context, path, issue).map((each) => (remedy === undefined ? each : { remedy, ...each }));
  });
}

/** Where a wrong value might be meant in another unit, or as «never». */
const remedies: Readonly<Record<string, string>> = {
  hot_retention_days: 'give whole days, such as 30; without the key, backups stay in hot storage for ever',
  archive_retention_years: 'give whole years, such as 7; without the key, backups are kept for ever',
  cooling_off_days: 'give whole days, such as 14',
  safety_backup_days: 'give whole days, such as 30',
};

const pathPart = (part: PropertyKey): string | number => (typeof part === 'number' ? part : String(part));

function describe(context: Context, path: Path, issue: Issue): ConfigProblem[] {
  const problem = (message: string): ConfigProblem[] => [{ path: pathText(path), message }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(context, path, key));
    case 'invalid_type':
      return [wrongType(context, path, issue.expected)];
    case 'invalid_value':
      return problem(notOneOf(valueAt(context.data, path), issue.values.map(String)));
    case 'invalid_union':
      return unionProblems(context, path, issue);
    case 'invalid_key':
      return problem(`this name ${issue.issues.map(({ message }) => message).join('; ')}`);
    case 'too_small':
      return problem(limit(issue.minimum, issue.origin, issue.inclusive === true ? 'at least' : 'more than'));
    case 'too_big':
      return problem(limit(issue.maximum, issue.origin, issue.inclusive === true ? 'at most' : 'less than'));
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'custom':
      return problem(issue.message.replace(/^Invalid (?=\w)/, 'is not a valid '));
  }
}

function unknownKey({ schema, data }: Context, path: Path, key: string): ConfigProblem {
  const known = knownKeys(schema, data, path);
  const meant = nearest(key, known);
  return {
    path: pathText([...path, key]),
    message: `unknown key "${key}"${meant === undefined ? '' : `: did you mean "${meant}"?`}`,
    ...(meant === undefined && known.length > 0 && { remedy: `known here: ${known.join(', ')}` }),
  };
}

function wrongType({ data, hidden }: Context, path: Path, expected: string): ConfigProblem {
  const given = valueAt(data, path);
  const at = pathText(path);
  if (given === undefined) return { path: at, message: `is missing: it must be ${kindWords(expected)}` };
  const isShown = typeof given === 'string' && expected !== 'string' && given.length <= 20 && !hidden.has(at);
  return {
    path: at,
    message: `must be ${kindWords(expected)}, is ${isShown && scalarKinds.has(expected) ? `the text "${given}"` : kindWords(kindOf(given))}`,
    ...(expected === 'string' && typeof given !== 'object' && { remedy: 'put it in quotes' }),
  };
}

/** Reports the problems of the options whose kind the value has; where none has it, the value is of the wrong kind. */
function unionProblems(context: Context, path: Path, issue: z.core.$ZodIssueInvalidUnion): ConfigProblem[] {
  if (issue.discriminator !== undefined) return [discriminatorProblem(context, path, issue.discriminator)];
  const fitting = issue.errors.find(
    (each) => !each.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
  );
  if (fitting) return schemaProblems(context, fitting, path);
  const kinds = issue.errors.flat().flatMap((each) => (each.code === 'invalid_type' ? [kindWords(each.expected)] : []));
  const given = valueAt(context.data, path);
  const what = `must be ${[...new Set(kinds)].join(' or ')}`;
  return [
    {
      path: pathText(path),
      message: given === undefined ? `is missing: it ${what}` : `${what}, is ${kindWords(kindOf(given))}`,
    },
  ];
}

function discriminatorProblem({ schema, data }: Context, path: Path, key: string): ConfigProblem {
  const holder = path.at(-1) === key ? path.slice(0, -1) : path;
  const known = discriminatorValues(schema, data, holder, key);
  return { path: pathText([...holder, key]), message: notOneOf(valueAt(data, [...holder, key]), known) };
}

function notOneOf(given: unknown, known: readonly string[]): string {
  const what = `must be ${oneOf(known)}`;
  if (given === undefined) return `is missing: it ${what}`;
  return typeof given === 'string' ? `${what}${didYouMean(given, known)}` : what;
}

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? `"${values[0] ?? ''}"` : `one of ${values.map((value) => `"${value}"`).join(', ')}`;

function limit(number: number | bigint, origin: string, how: string): string {
  if (origin === 'string') return 'must not be empty';
  return origin === 'array' ? `must have ${how} ${String(number)} of them` : `must be ${how} ${String(number)}`;
}

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
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
const kindWords = (kind: string): string => words[kind] ?? kind;
const scalarKinds: ReadonlySet<string> = new Set(['number', 'int', 'boolean']);
