import { auditProjectionService } from '@havun/audit-projection';
import { cancelDeletion, listDeletions } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { renderDeletions } from '../output/hold-lines.js';
import { askedBy } from '../restore/asked-by.js';
import { openSession } from '../session/session.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { reasonIn, refusedHold } from './hold.js';

/** The archives that are to be deleted, and can still be kept. */
export async function deletionList({ config, terminal }: CommandContext): Outcome {
  const session = await openSession({ config, services: [auditProjectionService] });
  try {
    const deletions = await listDeletions(session.context, (await session.readModel()).queries);
    terminal.printJson(deletions);
    terminal.print(
      deletions.length === 0
        ? 'No deletion is proposed.'
        : renderDeletions(deletions, { timezone: config.timezone, width: terminal.width }),
    );
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

export interface DeletionCancelOptions {
  readonly name: string;
  readonly reason: string;
}

/** Keeps an archive whose deletion is proposed, as by a hold. */
export async function deletionCancel(
  { config, terminal }: CommandContext,
  { name, reason }: DeletionCancelOptions,
): Outcome {
  const session = await openSession({ config, services: [] });
  try {
    const wanted = { name, by: askedBy(), reason: reasonIn(reason) };
    const outcome = await cancelDeletion({ ...session.context, source: 'cli' }, wanted);
    if (outcome.kind === 'refused') throw refusedHold(outcome.refusal);
    terminal.printJson(outcome);
    terminal.print(
      `${mark('ok')} ${name} is kept, as by a hold. Let it go again with: havun hold:release ${name} --reason="..."`,
    );
    return exitCodes.done;
  } finally {
    await session.close();
  }
}
