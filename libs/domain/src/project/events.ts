import { z } from 'zod';
import type { DomainEvent } from '../event.js';

/** Version 1. One stream per project; it exists so that a backup name is never used twice (D10). */
export const projectEventSchemas = {
  BackupNameReserved: z.object({ name: z.string().min(1), backupId: z.uuid() }),
} as const;

export type ProjectEvent = DomainEvent<
  'BackupNameReserved',
  z.output<(typeof projectEventSchemas)['BackupNameReserved']>
>;
