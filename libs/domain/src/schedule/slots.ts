import { Cron } from 'croner';
import { v5 as uuidv5 } from 'uuid';

/**
 * Cron slots (D7): instants that follow from the pattern and the time zone alone, so that any number of schedulers and restarts
 * compute the same ones. A slot that is skipped when summer time begins comes an hour later by the clock. One that occurs twice
 * when summer time ends counts once, the first time, even for patterns that match every hour.
 */
export interface Schedule {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** An IANA name, for example `Europe/Amsterdam`. */
  readonly timezone: string;
}

/** The namespace of backup ids that follow from a slot. If it changed, every slot would give a new backup. */
const slotNamespace = '5b0ffb6c-9a3f-4f0e-8d0e-6f2f8a8f0c11';

/** The first slot after `instant`. Undefined for a pattern that never matches, such as 31 February. */
export function nextSlot(schedule: Schedule, instant: Date): Date | undefined {
  return parse(schedule).nextRun(instant) ?? undefined;
}

/** The last slot at or before `instant`. Undefined for a pattern that never matched. */
export function lastSlot(schedule: Schedule, instant: Date): Date | undefined {
  const justAfter = new Date(Math.floor(instant.getTime() / 1000) * 1000 + 1000);
  return parse(schedule).previousRuns(1, justAfter)[0];
}

/** The missed slot: the last one before `now`, if it is within the window. Older ones are dropped. */
export function missedSlot(schedule: Schedule, now: Date, catchUpWindowMs: number): Date | undefined {
  const slot = lastSlot(schedule, now);
  return slot && now.getTime() - slot.getTime() <= catchUpWindowMs ? slot : undefined;
}

/** The id of the one backup that a slot of a project can have. */
export function slotBackupId(project: string, slot: Date): string {
  return uuidv5(`${project}/${slot.toISOString()}`, slotNamespace);
}

/** Says what is wrong with a cron pattern; undefined for a good one. */
export function cronProblem(cron: string): string | undefined {
  try {
    parse({ cron, timezone: 'UTC' });
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '');
  }
}

/** Whether the time zone data of this machine have the name. */
export function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

const parse = ({ cron, timezone }: Schedule): Cron => new Cron(cron, { timezone, mode: '5-part', paused: true });
