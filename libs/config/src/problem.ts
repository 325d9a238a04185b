/** One error or warning. It holds no secret, and no value that may be one. */
export interface ConfigProblem {
  /** The path, such as `projects.havunadmin.schedule`; empty for the file as a whole. */
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** What to do, where the message does not say so already. */
  readonly remedy?: string;
  /** The line with a caret below the position, where the file is not valid YAML. Two lines. */
  readonly excerpt?: string;
}

export type ConfigErrorCode = 'CONFIG_NOT_FOUND' | 'CONFIG_UNREADABLE' | 'CONFIG_UNTRUSTED' | 'CONFIG_INVALID';

/** All errors of a configuration, at once. */
export class ConfigError extends Error {
  readonly retryable = false;
  constructor(
    readonly code: ConfigErrorCode,
    message: string,
    readonly remedy: string,
    readonly problems: readonly ConfigProblem[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ConfigError';
  }
}

/** One line, or three with an excerpt. */
export function renderProblem({ path, line, message, remedy, excerpt }: ConfigProblem): string {
  const where = `${line === undefined ? '' : `line ${line}: `}${path === '' ? '' : `${path}: `}`;
  const shown = excerpt === undefined ? '' : `\n${excerpt.replaceAll(/^/gm, '    ')}`;
  return `${where}${message}${remedy === undefined ? '' : ` (${remedy})`}${shown}`;
}

export type Path = readonly (string | number)[];

/** How a path is written in problems, and looked up. */
export const pathText = (path: Path): string => path.join('.');
