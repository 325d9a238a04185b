/** One thing that is wrong, or that a person should look at. */
export interface ConfigProblem {
  /** Where, as `projects.havunadmin.schedule`; empty for the file as a whole. */
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** What to do, where it does not follow from the message. */
  readonly remedy?: string;
}

export type ConfigErrorCode = 'CONFIG_NOT_FOUND' | 'CONFIG_UNREADABLE' | 'CONFIG_INVALID';

/** Everything that is wrong with a configuration, at once. */
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

export const renderProblem = ({ path, line, message, remedy }: ConfigProblem): string =>
  `${line === undefined ? '' : `line ${line}: `}${path === '' ? '' : `${path}: `}${message}${remedy === undefined ? '' : ` (${remedy})`}`;

export type Path = readonly (string | number)[];

export const pathText = (path: Path): string => path.join('.');
