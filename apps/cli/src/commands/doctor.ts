import { auditProjectionService } from '@havun/audit-projection';
import { systemClock } from '@havun/service-kit';
import { diagnose } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { commandStorages } from '../session/command-storages.js';
import { openSession } from '../session/session.js';
import { indent, mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** Prints the doctor's findings. Exit code 1 when something prevents a backup. */
export async function doctor({ config, terminal }: CommandContext): Outcome {
  const openLog = async () => {
    const session = await openSession({ config, services: [auditProjectionService] });
    const { connection, store } = session.context;
    const tables = async () => (await session.readModel()).queries;
    return { connection, store, tables, isStackUp: !session.holdsStack, close: () => session.close() };
  };
  const storages = commandStorages({ config, terminal });
  const { ok, findings } = await diagnose({ config, storages, clock: systemClock, openLog }).finally(() =>
    storages.close(),
  );
  terminal.printJson({ ok, findings });
  for (const { area, status, detail, remedy } of findings) {
    terminal.print(`${mark(status)} ${area}: ${indent(detail, 4, terminal.width).trimStart()}`);
    if (remedy !== undefined && status !== 'ok') terminal.print(indent(remedy, 4, terminal.width));
  }
  terminal.print(ok ? 'Nothing stands in the way of a backup.' : 'Something stands in the way of a backup.');
  return ok ? exitCodes.done : exitCodes.failed;
}
