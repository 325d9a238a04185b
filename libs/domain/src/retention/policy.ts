import { z } from 'zod';
import { text } from '../event-fields.js';

const amount = z.int().positive();

/**
 * What becomes of a project's backups, as its configuration says. A missing setting means: keep. It is recorded with every
 * acceptance (`project-retention.ts`), so that a policy that would delete more than the accepted one is seen before it acts.
 */
export const retentionPolicySchema = z.object({
  /** Local days in hot storage; absent: for ever. */
  hotDays: amount.optional(),
  /** Years that a backup is kept; absent: for ever. */
  archiveYears: amount.optional(),
  /** Whether an archive that is past its years may be deleted. */
  autoCleanupArchive: z.boolean(),
  complianceRequired: z.boolean(),
  /** `belastingdienst`: the years count from the end of the calendar year. */
  complianceType: text.optional(),
  /** Which backups get an archive copy when they leave hot storage; absent: all of them. */
  keep: z
    .object({
      last: amount.optional(),
      daily: amount.optional(),
      weekly: amount.optional(),
      monthly: amount.optional(),
      yearly: amount.optional(),
    })
    .optional(),
  /** Days that the safety backup of a settled restore is kept; absent: like any other backup. */
  safetyBackupDays: amount.optional(),
});

export type RetentionPolicy = z.output<typeof retentionPolicySchema>;
export type KeepCounts = NonNullable<RetentionPolicy['keep']>;
