import type { LoggerService } from '@nestjs/common';
import { printableJson } from '@havun/text';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Scrub } from '@havun/config';

export type { Logger } from 'pino';

export interface LoggingOptions {
  /** Put into every line. */
  readonly service: string;
  readonly scrub: Scrub;
  /** Where lines go: standard output unless said otherwise. */
  readonly destination?: DestinationStream;
}

/** One JSON object a line. Secrets are scrubbed from the finished line, whatever field they hide in; so is what could move a
 * terminal that reads along. */
export function createLogger({ service, scrub, destination = process.stdout }: LoggingOptions): Logger {
  return pino(
    { base: { service }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    {
      write: (line: string) => {
        destination.write(printableJson(scrub(line)));
      },
    },
  );
}

/** Nest's own messages, in the same log. What it says at start-up is of use to nobody but us: debug. */
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
