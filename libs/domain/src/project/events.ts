import { z } from 'zod';
import type { DomainEvent } from '../event.js';

/** Version 1. One stream per project; it exists so that a name is never used twice (D10), and to find a run by its name. */
export const projectEventSchemas = {
  BackupNameReserved: z.object({ name: z.string().min(1), backupId: z.uuid() }),
  RestoreNameReserved: z.object({ name: z.string().min(1), restoreId: z.uuid() }),
} as const;

export type ProjectEventType = keyof typeof projectEventSchemas;
export type ProjectEvent = {
  [Type in ProjectEventType]: DomainEvent<Type, z.output<(typeof projectEventSchemas)[Type]>>;
}[ProjectEventType];
