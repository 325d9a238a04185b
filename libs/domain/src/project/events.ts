import { z } from 'zod';
import type { DomainEvent } from '../event.js';

const range = z.object({ oldest: z.string().min(1), newest: z.string().min(1) });

/**
 * Version 1. These events make sure that a name is never used twice (D10), and let a run be found by its name. Streams:
 * `name-streams.ts`.
 */
export const projectEventSchemas = {
  BackupNameReserved: z.object({ name: z.string().min(1), backupId: z.uuid() }),
  RestoreNameReserved: z.object({ name: z.string().min(1), restoreId: z.uuid() }),
  /** All months of a project, or all days of a month, in which names may have been reserved. The last event has the whole list. */
  NamePeriodsListed: z.object({ periods: z.array(z.string().min(1)).min(1) }),
  /**
   * Which names the single stream of a project in release 0.1 holds, up to and including its event `lastEventId`. The last event
   * counts.
   */
  EarlierNamesSummed: z.object({
    lastEventId: z.string().min(1),
    backups: range.optional(),
    restores: range.optional(),
  }),
} as const;

export type ProjectEventType = keyof typeof projectEventSchemas;
export type ProjectEvent = {
  [Type in ProjectEventType]: DomainEvent<Type, z.output<(typeof projectEventSchemas)[Type]>>;
}[ProjectEventType];
export type ReservationEvent = Extract<ProjectEvent, { type: 'BackupNameReserved' | 'RestoreNameReserved' }>;
