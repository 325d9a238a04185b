import { pathText, type ConfigProblem, type Path } from './problem.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `${NAME}`, `${NAME:-instead}`; `$${` stands for `${` itself. */
const pattern = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

export interface Substituted {
  readonly data: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Paths whose text came out of a variable, as `pathText` writes them. */
  readonly fromVariables: ReadonlySet<string>;
  /** Paths where a variable was missing: nothing more can be said of their value. */
  readonly unresolved: ReadonlySet<string>;
}

/** Puts variables into every text of the data. Done after parsing, so that no value can add YAML of its own. */
export function substituteVariables(data: unknown, env: Environment): Substituted {
  const problems: ConfigProblem[] = [];
  const fromVariables = new Set<string>();
  const unresolved = new Set<string>();
  const inText = (text: string, path: Path): string =>
    text.replaceAll(pattern, (whole, name?: string, instead?: string) => {
      if (name === undefined) return '${';
      fromVariables.add(pathText(path));
      const value = env[name] ?? instead;
      if (value !== undefined && (value !== '' || instead !== undefined)) return value;
      unresolved.add(pathText(path));
      problems.push({
        path: pathText(path),
        message: `the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`,
        remedy: `set it, or give a default: \${${name}:-...}`,
      });
      return whole;
    });
  const inValue = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return inText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => inValue(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inValue(item, [...path, key])]));
  };
  return { data: inValue(data, []), problems, fromVariables, unresolved };
}
