import { failureOf } from '@havun/domain';
import { openReadModel, type ReadModel } from '@havun/read-model';
import type { ServiceDefinition } from '@havun/service-kit';
import { indentedLines } from '@havun/text';
import type { CommandContext } from '../commands/command.js';
import { formatInstant } from '../output/format.js';
import { mark } from '../terminal.js';
import { openSession, type Session } from './session.js';

/** The log is away, but the tables, which are a file or on another server, may be available. */
const logIsAway = new Set([
  'NATS_UNREACHABLE',
  'NATS_SERVER_MISSING',
  'NATS_SERVER_FAILED',
  'EVENT_STORE_UNREACHABLE',
  'STACK_NOT_READY',
]);

/**
 * Reads the tables after the stack has brought them up to date. Where the log can't be reached, reads their last state and says how
 * old it is; `read` gets no session then.
 */
export async function readTables<Result>(
  context: CommandContext,
  services: readonly ServiceDefinition[],
  read: (tables: ReadModel, session?: Session) => Promise<Result>,
): Promise<Result> {
  const session = await openSession({ config: context.config, services }).catch((error: unknown) => {
    if (logIsAway.has(failureOf(error).code)) return { away: error };
    throw error;
  });
  if ('away' in session) return readAsLeft(context, session.away, read);
  try {
    return await read(await session.readModel(), session);
  } finally {
    await session.close();
  }
}

/** Reads the tables alone, and prints the reason. @throws that reason where there are no tables either */
export async function readAsLeft<Result>(
  { config, terminal }: CommandContext,
  away: unknown,
  read: (tables: ReadModel) => Promise<Result>,
): Promise<Result> {
  const tables = await openReadModel(config.read_model, { readOnly: true }).catch(() => {
    throw away;
  });
  try {
    const [newest] = await tables.queries.auditLog({ order: 'newest', limit: 1 });
    const { message, code } = failureOf(away);
    terminal.remark(
      `${mark('warning')} ${indentedLines(message)} [${code}]\n  This comes from the tables alone: ${newest ? `their last event is of ${formatInstant(newest.occurredAt, config.timezone)}` : 'they are empty'}. Anything later is not in them.`,
    );
    return await read(tables);
  } finally {
    await tables.close();
  }
}

export const isAway = (error: unknown): boolean => logIsAway.has(failureOf(error).code);
