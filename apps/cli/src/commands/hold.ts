import { auditProjectionService } from '@havun/audit-projection';
import type { Failure } from '@havun/domain';
import { systemClock } from '@havun/service-kit';
import { listHolds, placeHold, releaseHold, type HoldOutcome, type HoldTarget } from '@havun/use-cases';
import { CommandError, exitCodes, type ExitCode } from '../exit-code.js';
import { describeHold, renderHolds } from '../output/hold-lines.js';
import { askedBy } from '../restore/asked-by.js';
import { openSession, type Session } from '../session/session.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

export interface HoldPlaceOptions {
  /** A backup or a project. */
  readonly name: string;
  readonly reason: string;
  readonly until?: string;
  readonly review?: string;
}

export interface HoldReleaseOptions {
  readonly name: string;
  readonly reason: string;
  readonly hold?: string;
}

export const holdPlace = (context: CommandContext, { name, reason, until, review }: HoldPlaceOptions): Outcome =>
  change(context, 'On hold', async (deps) =>
    placeHold(deps, { name, by: askedBy(), reason: reasonIn(reason), until, review }),
  );

export const holdRelease = (context: CommandContext, { name, reason, hold }: HoldReleaseOptions): Outcome =>
  change(context, 'Hold released', async (deps) =>
    releaseHold(deps, { name, by: askedBy(), reason: reasonIn(reason), holdId: hold }),
  );

/** The log alone is needed: a hold acts at once. */
async function change(
  { config, terminal }: CommandContext,
  what: string,
  act: (deps: Session['context'] & { source: string }) => Promise<HoldOutcome>,
): Outcome {
  const session = await openSession({ config, services: [] });
  try {
    const outcome = await act({ ...session.context, source: 'cli' });
    if (outcome.kind === 'refused') throw refusedHold(outcome.refusal);
    const { target, hold } = outcome;
    const { kind, name, project } = target;
    terminal.printJson({ kind, name, project, hold });
    const now = systemClock.now().toISOString();
    terminal.print(`${mark('ok')} ${what}: ${nameOf(target)}, ${describeHold(hold, config.timezone, now)}`);
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

const nameOf = ({ kind, name }: HoldTarget): string => (kind === 'project' ? `all of ${name}` : name);

/** Every hold that is in force. */
export async function holdList({ config, terminal }: CommandContext): Outcome {
  const session = await openSession({ config, services: [auditProjectionService] });
  try {
    const holds = await listHolds(session.context, (await session.readModel()).queries);
    terminal.printJson(holds);
    const layout = { timezone: config.timezone, width: terminal.width };
    terminal.print(
      holds.length === 0
        ? 'Nothing is on hold. Place one with: havun hold:place <backup or project> --reason="..."'
        : renderHolds(holds, systemClock.now().toISOString(), layout),
    );
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

/** @throws CommandError where there is none */
export function reasonIn(given: string): string {
  const reason = given.trim();
  if (reason !== '') return reason;
  throw new CommandError(exitCodes.usage, 'REASON_MISSING', 'The reason is empty', 'Say with --reason="..." why.');
}

export function refusedHold({ code, message, remedy }: Failure): CommandError {
  return new CommandError(exitCodeOfRefusal[code] ?? exitCodes.refused, code, message, remedy);
}

const exitCodeOfRefusal: Readonly<Record<string, ExitCode>> = {
  HOLD_DATES: exitCodes.usage,
  AMBIGUOUS_NAME: exitCodes.usage,
  AMBIGUOUS_HOLD: exitCodes.usage,
  NOT_A_BACKUP: exitCodes.usage,
  UNKNOWN_NAME: exitCodes.failed,
  UNKNOWN_BACKUP: exitCodes.failed,
  UNKNOWN_RESTORE: exitCodes.failed,
  NO_SUCH_HOLD: exitCodes.failed,
  NO_DELETION_PROPOSED: exitCodes.failed,
};
