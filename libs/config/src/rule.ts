import { cronProblem } from '@havun/domain';
import { pathText, type ConfigProblem, type Path } from './problem.js';

export type Section = Readonly<Record<string, unknown>>;

/** The value as a section of keys; an empty one where it is something else. */
export const section = (value: unknown): Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Section) : {};

export const problem = (path: Path, message: string, remedy?: string): ConfigProblem => ({
  path: pathText(path),
  message,
  ...(remedy !== undefined && { remedy }),
});

export function cronProblems(cron: unknown, path: Path): ConfigProblem[] {
  const wrong = typeof cron === 'string' && cron !== '' ? cronProblem(cron) : undefined;
  return wrong === undefined ? [] : [problem(path, `is not a cron pattern: ${wrong}`, 'daily at 03:00 is "0 3 * * *"')];
}
