import type { z } from 'zod';
import { pathText } from './problem.js';
import type { Substituted } from './variables.js';

/**
 * Variables are text. Where the schema wants a number or a boolean, and the text of a variable is one, it is converted in place.
 * @returns whether anything was changed
 */
export function coerceVariables(
  data: unknown,
  issues: readonly z.core.$ZodIssue[],
  { fromVariables }: Substituted,
): boolean {
  let changed = false;
  for (const { code, path, ...issue } of issues) {
    const key = path.at(-1);
    if (code !== 'invalid_type' || key === undefined || !fromVariables.has(pathText(path.map(String)))) continue;
    const holder = path.slice(0, -1).reduce((value, part) => (value as Holder)[part], data) as Holder;
    const value = scalarFrom(holder[key], (issue as z.core.$ZodIssueInvalidType).expected);
    if (value === undefined) continue;
    holder[key] = value;
    changed = true;
  }
  return changed;
}

type Holder = Record<PropertyKey, unknown>;

function scalarFrom(text: unknown, expected: string): number | boolean | undefined {
  if (typeof text !== 'string') return undefined;
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  return (expected === 'number' || expected === 'int') && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
