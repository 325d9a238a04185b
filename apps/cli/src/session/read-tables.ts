import { failureOf } from '@havun/domain';
import { openReadModel, type ReadModel } from '@havun/read-model';
import type { ServiceDefinition } from '@havun/service-kit';
import type { CommandContext } from '../commands/command.js';
import { formatInstant } from '../output/format.js';
import { mark } from '../terminal.js';
import { openSession, type Session } from './session.js';

/** The log is away; the tables, which are a file or another server, may be there all the same. */
const logIsAway = new Set([
  'NATS_UNREACHABLE',
  'NATS_SERVER_MISSING',
  'NATS_SERVER_FAILED',
  'EVENT_STORE_UNREACHABLE',
  'STACK_NOT_READY',
]);

/**
 * Reads the tables, brought up to date by the stack; where the log can't be reached, as they were left, and says how old
 * they are. `read` gets no session then.
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

/** From the tables alone, with the reason why. @throws that reason where there are no tables either */
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
      `${mark('warning')} ${message} [${code}]\n  This is from the tables alone, as they were left: ${newest ? `their last event is of ${formatInstant(newest.occurredAt, config.timezone)}` : 'they are empty'}. What came after is not in it.`,
    );
    return await read(tables);
  } finally {
    await tables.close();
  }
}

export const isAway = (error: unknown): boolean => logIsAway.has(failureOf(error).code);
