import { auditProjectionService } from '@havun/audit-projection';
import { whyKept, type WhyKept } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { renderWhy } from '../output/why-lines.js';
import { openSession } from '../session/session.js';
import type { CommandContext, Outcome } from './command.js';
import { refusedHold } from './hold.js';

/** Why a backup is kept, until when, and what would change it. */
export async function backupWhy({ config, terminal }: CommandContext, name: string): Outcome {
  const session = await openSession({ config, services: [auditProjectionService] });
  try {
    const outcome = await whyKept(session.context, (await session.readModel()).queries, name);
    if (outcome.kind === 'refused') throw refusedHold(outcome.refusal);
    terminal.printJson(publicWhy(outcome.why));
    terminal.print(renderWhy(outcome.why, { timezone: config.timezone, width: terminal.width }));
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

function publicWhy({ planned, state, ...why }: WhyKept): object {
  const { backup: _backup, ...plan } = planned ?? { backup: undefined };
  return {
    ...why,
    status: state.status,
    configured: planned !== undefined,
    ...plan,
    copies: [...(state.archived?.copies ?? [])].map(([storage, copy]) => ({ storage, ...copy })),
    ...(state.deletion && { deletion: state.deletion }),
  };
}
