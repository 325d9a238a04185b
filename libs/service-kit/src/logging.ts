import type { LoggerService } from '@nestjs/common';
import { printableJson } from '@havun/text';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Scrub } from '@havun/config';

export type { Logger } from 'pino';

export interface LoggingOptions {
  /** Added to every line. */
  readonly service: string;
  readonly scrub: Scrub;
  /** The target of the lines. Default: standard output. */
  readonly destination?: DestinationStream;
}

/**
 * One JSON object per line. The finished line is scrubbed of secrets, whatever field they are in, and of anything that could
 * control a terminal.
 */
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
