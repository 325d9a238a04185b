import { pathText, type ConfigProblem, type Path } from './problem.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Matches `$${`; `${NAME}` or `${NAME:-default}`; and anything else that begins like a reference. */
const pattern = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

export interface Substituted {
  readonly data: unknown;
  /** Malformed references, and every missing variable. */
  readonly problems: readonly ConfigProblem[];
  /** Paths whose value came from a variable or its default. */
  readonly fromVariables: ReadonlySet<string>;
  /** Of those, the ones set by the environment: their value is not in the file. */
  readonly fromEnvironment: ReadonlySet<string>;
  /** Paths with a problem here: their value can't be checked further. */
  readonly unresolved: ReadonlySet<string>;
  /** Of those, the ones in a disabled project. They are removed from the data. */
  readonly leftOut: ReadonlySet<string>;
}

/**
 * Replaces variables in every text of the data: `${NAME}`, `${NAME:-default}` where it may be unset or empty, `$${` for a literal
 * `${`. Runs after parsing, so that no value can add YAML of its own. Values that a disabled project lacks are left out.
 */
export function substituteVariables(data: unknown, env: Environment): Substituted {
  const found: Found = {
    problems: [],
    fromVariables: new Set(),
    fromEnvironment: new Set(),
    unresolved: new Set(),
    leftOut: new Set(),
  };
  return { ...found, data: inValue(data, { path: [], disabled: false, env, found }) };
}

interface Found {
  readonly problems: ConfigProblem[];
  readonly fromVariables: Set<string>;
  readonly fromEnvironment: Set<string>;
  readonly unresolved: Set<string>;
  readonly leftOut: Set<string>;
}
interface Spot {
  readonly path: Path;
  readonly disabled: boolean;
  readonly env: Environment;
  readonly found: Found;
}

function inValue(value: unknown, spot: Spot): unknown {
  if (typeof value === 'string') return inText(value, spot);
  if (typeof value !== 'object' || value === null) return value;
  const here = { ...spot, disabled: spot.disabled || isDisabledProject(value, spot) };
  const within = (item: unknown, key: string | number): unknown =>
    inValue(item, { ...here, path: [...spot.path, key] });
  const isPresent = (key: string | number): boolean => !spot.found.leftOut.has(pathText([...spot.path, key]));
  if (Array.isArray(value)) return value.map(within).filter((_, index) => isPresent(index));
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, within(item, key)]);
  return Object.fromEntries(entries.filter(([key]) => isPresent(key)));
}

function isDisabledProject(value: object, { path, env }: Spot): boolean {
  if (path.length !== 2 || path[0] !== 'projects' || !('enabled' in value)) return false;
  return String(substituteVariables(value.enabled, env).data) === 'false';
}

function inText(text: string, { path, disabled, env, found }: Spot): string {
  const at = pathText(path);
  const unresolved = (problem: Omit<ConfigProblem, 'path'>): void => {
    found.problems.push({ path: at, ...problem });
    found.unresolved.add(at);
    if (disabled) found.leftOut.add(at);
  };
  return text.replaceAll(pattern, (whole: string, name?: string, instead?: string) => {
    if (whole === '$${') return '${';
    if (name === undefined) {
      unresolved(malformed);
      return whole;
    }
    found.fromVariables.add(at);
    const value = env[name];
    if (value !== undefined && value !== '') {
      found.fromEnvironment.add(at);
      return value;
    }
    if (instead === undefined) unresolved(missing(name, value));
    return instead ?? whole;
  });
}

const malformed = {
  message: 'has a "${" that does not begin a variable',
  remedy: 'write ${NAME} or ${NAME:-default}, or $${ for "${" itself',
};

const missing = (name: string, value: string | undefined): Omit<ConfigProblem, 'path'> => ({
  message: `the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`,
  remedy: `set it, or write \${${name}:-...} with a default`,
});
