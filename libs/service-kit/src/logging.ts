import type { LoggerService } from '@nestjs/common';
import { printable, printableJson } from '@havun/text';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { HavunConfig, Scrub } from '@havun/config';

export type { Logger } from 'pino';

export interface LoggingOptions {
  /** Added to every line. */
  readonly service: string;
  readonly scrub: Scrub;
  /** The least level that is written. */
  readonly level?: HavunConfig['log']['level'];
  /** The target of the lines. Default: standard output. */
  readonly destination?: DestinationStream;
  /** Whether a person reads them. Default: where the target is standard output, and that is a terminal. */
  readonly forPeople?: boolean;
}

/**
 * One JSON object per line, or one sentence per line for a person at a terminal. The finished line is scrubbed of secrets,
 * whatever field they are in, and of anything that could control a terminal.
 */
export function createLogger({ service, scrub, level = 'info', destination, forPeople }: LoggingOptions): Logger {
  const target = destination ?? process.stdout;
  const isRead = forPeople ?? (destination === undefined && process.stdout.isTTY);
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    {
      write: (line: string) => {
        target.write(isRead ? `${printable(scrub(sentence(line)))}\n` : printableJson(scrub(line)));
      },
    },
  );
}

/** `03:10:00 runner: warning: what happened (details)`, in local time. The text of a line about a run says everything. */
function sentence(line: string): string {
  const { time, level, service, msg, err, run: _run, ...others } = JSON.parse(line) as LogLine;
  const details = [
    ...(err?.message === undefined ? [] : [err.message]),
    ...Object.entries(others).map(
      ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ];
  const grade = level === 'info' || level === 'debug' ? '' : `${level === 'warn' ? 'warning' : level}: `;
  const shown = details.length === 0 ? '' : ` (${details.join(', ')})`;
  return `${new Date(time).toTimeString().slice(0, 8)} ${service}: ${grade}${msg ?? ''}${shown}`;
}

interface LogLine extends Record<string, unknown> {
  readonly time: string;
  readonly level: string;
  readonly service: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
}

/** Nest's own messages, in the same log. Its start-up messages are of use only to developers: debug. */
export function nestLogger(logger: Logger): LoggerService {
  const text = (message: unknown): string => (message instanceof Error ? message.message : String(message));
  return {
    log: (message: unknown, context?: unknown) => {
      logger.debug({ context }, text(message));
    },
    warn: (message: unknown, context?: unknown) => {
      logger.warn({ context }, text(message));
    },
    error: (message: unknown, stack?: unknown, context?: unknown) => {
      logger.error({ context, stack }, text(message));
    },
  };
}
