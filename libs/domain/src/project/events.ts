import { z } from 'zod';
import type { DomainEvent } from '../event.js';

const range = z.object({ oldest: z.string().min(1), newest: z.string().min(1) });

/** Version 1. They exist so that a name is never used twice (D10), and to find a run by its name. Streams: `name-streams.ts`. */
export const projectEventSchemas = {
  BackupNameReserved: z.object({ name: z.string().min(1), backupId: z.uuid() }),
  RestoreNameReserved: z.object({ name: z.string().min(1), restoreId: z.uuid() }),
  /** All months of a project, or all days of a month, that names may have been reserved in. The last event says it all. */
  NamePeriodsListed: z.object({ periods: z.array(z.string().min(1)).min(1) }),
  /** Which names a project's one stream of release 0.1 holds, up to and with its event `lastEventId`. The last event counts. */
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
