import { failureOf } from '@havun/domain';

/** What a command's exit code says. The one place where an outcome becomes a number. */
export const exitCodes = {
  done: 0,
  /** What was asked for did not succeed: a backup is failed or partial, a check found something. */
  failed: 1,
  /** The command line itself makes no sense. */
  usage: 2,
  /** havun.yaml is missing or wrong. */
  configuration: 3,
  /** Refused: it would be wrong to do it now, for example while a backup of the project is running. */
  refused: 4,
  /** NATS, the read model or the stack can't be reached. */
  unavailable: 5,
  /** Ctrl-C ended the watching; what was watched goes on. The shell's number for it. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Thrown by a command to end with a message, a remedy and an exit code. */
export class CommandError extends Error {
  readonly retryable = false;
  constructor(
    readonly exitCode: ExitCode,
    readonly code: string,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CommandError';
  }
}

const configurationCodes = new Set(['CONFIG_INVALID', 'CONFIG_NOT_FOUND', 'CONFIG_UNREADABLE', 'CONFIG_UNTRUSTED']);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  const { code } = failureOf(error);
  if (configurationCodes.has(code)) return exitCodes.configuration;
  return code === 'UNEXPECTED' ? exitCodes.failed : exitCodes.unavailable;
}
