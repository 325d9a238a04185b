import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { auditProjectionService } from '@havun/audit-projection';
import { systemClock } from '@havun/service-kit';
import { diagnose, type Diagnosis } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { plural } from '../output/format.js';
import { commandStorages } from '../session/command-storages.js';
import { openSession } from '../session/session.js';
import { indent, mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** Prints the doctor's findings. Exit code 1 when something prevents a backup, or the newest one failed or is partial. */
export async function doctor({ config, terminal }: CommandContext): Outcome {
  const openLog = async () => {
    if (config.nats.url === 'embedded' && !(await isThere(join(config.data_dir, 'nats')))) return undefined;
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
  terminal.print(conclusion(findings));
  return ok ? exitCodes.done : exitCodes.failed;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  );

function conclusion(findings: Diagnosis['findings']): string {
  const count = (status: string): number => findings.filter((finding) => finding.status === status).length;
  const [wrong, warnings] = [count('failed'), count('warning')];
  const more = warnings === 0 ? '' : `; ${plural(warnings, 'warning')}`;
  return wrong === 0
    ? `Nothing stands in the way of a backup${more}.`
    : `Something stands in the way of whole backups: ${plural(wrong, 'finding')} to act on${more}.`;
}
