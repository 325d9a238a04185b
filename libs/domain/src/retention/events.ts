import { z } from 'zod';
import type { DomainEvent } from '../event.js';
import { attemptFields, bytes, copyFields, count, failureFields, seconds, text } from '../event-fields.js';
import { holdFields } from './hold.js';
import { retentionPolicySchema } from './policy.js';

const trigger = z.enum(['schedule', 'manual']);

/** What came of one clean-up. Every backup that was looked at is in one of the first five. */
const cleanupFields = {
  kept: count,
  /** Copies that went to the archive. */
  moved: count,
  hotCopiesDeleted: count,
  proposed: count,
  /** Backups whose last copy was deleted. */
  deleted: count,
  /** By code. */
  refused: z.array(z.object({ code: text, count: z.int().positive() })),
  /** What could not be done this time, and is tried again by the next. */
  failed: z.array(z.object({ storage: text, count: z.int().positive(), ...failureFields })),
};

/** By code, with the message and remedy of one of them. */
const problems = z.array(z.object({ count: z.int().positive(), ...failureFields }));
const strayFiles = z.object({ files: count, bytes, examples: z.array(copyFields.path).max(20) });
const usage = z.object({ project: text, tier: z.enum(['hot', 'archive']), files: count, bytes });

/** Version 1. Streams: `retention-streams.ts`. */
export const retentionEventSchemas = {
  /** This policy acts from now on. `batch`: so many backups may go in one clean-up without another question. */
  RetentionAccepted: z.object({
    project: text,
    policy: retentionPolicySchema,
    batch: z.int().positive().optional(),
    by: text,
    reason: z.string().optional(),
  }),
  /**
   * The configured policy would delete more than the accepted one (`POLICY_DELETES_MORE`), or a clean-up would delete
   * abnormally many backups (`LARGE_BATCH`): a person has to accept it. Until then, what is accepted acts.
   */
  RetentionQuestioned: z.object({
    project: text,
    policy: retentionPolicySchema,
    wouldDelete: count,
    of: count,
    ...failureFields,
  }),
  /** Nothing of the project is deleted until the hold is released, or its date has come. */
  ProjectHoldPlaced: z.object({ project: text, ...holdFields }),
  ProjectHoldReleased: z.object({ project: text, holdId: holdFields.holdId, by: text, reason: text }),

  CleanupRequested: z.object({
    project: text,
    trigger,
    /** The cron slot, for `schedule`. */
    slot: z.iso.datetime().optional(),
    requestedBy: text,
  }),
  CleanupStarted: z.object(attemptFields),
  CleanupCompleted: z.object({ project: text, found: count, ...cleanupFields, durationSeconds: seconds }),
  CleanupFailed: z.object({ project: text, ...failureFields, durationSeconds: seconds }),

  ReconciliationRequested: z.object({
    trigger,
    /** The cron slot, for `schedule`. */
    slot: z.iso.datetime().optional(),
    requestedBy: text,
    /** Absent: all of them. */
    storages: z.array(text).min(1).optional(),
    /** Whether damaged and missing copies are made again from good ones. */
    repair: z.boolean(),
    /** At most so many bytes are read back; absent: what the configuration says. */
    hashBytes: bytes.optional(),
    /** Every copy is read back, whatever its size and however lately it was. */
    hashAll: z.boolean().optional(),
  }),
  ReconciliationStarted: z.object(attemptFields),
  /** One storage was compared with the log. What was found of a single copy is in the stream of its backup. */
  StorageReconciled: z.object({
    storage: text,
    /** Copies that the log says are there. */
    copies: count,
    /** Also those that were known to be so. A copy is in one of these three at most. */
    missing: count,
    wrongSize: count,
    damaged: count,
    /** A few of these. */
    badCopies: z
      .array(z.object({ backup: text, defect: z.enum(['missing', 'wrongSize', 'damaged']), repaired: z.boolean() }))
      .max(20),
    /** Copies that had been moved to the archive without a record of it: they are whole, and recorded there now. */
    moved: count,
    /** Archives without a checksum file beside them. */
    withoutChecksum: count,
    /** Copies that the log says are deleted. */
    undeleted: count,
    /** Of the missing, the damaged and those of the wrong size, and checksum files that were written again. */
    repaired: count,
    /** Where a repair was asked for. */
    notRepaired: problems,
    /** Copies that could not be read back: nothing is said of them. */
    unreadable: problems,
    /** How many copies were read back, with how many bytes. */
    hashed: count,
    hashedBytes: bytes,
    /** Copies that were due to be read back, and were too many bytes for this comparison. */
    overdue: count,
    /** Files that the log knows nothing of; they are left alone. A few of their paths, made printable. */
    unknown: strayFiles,
    /** Uploads that were begun and never ended. */
    leftParts: strayFiles,
    usage: z.array(usage),
    /** As the server says; absent where it does not. */
    availableBytes: bytes.optional(),
  }),
  /** A storage could not be compared. */
  StorageNotReconciled: z.object({ storage: text, ...failureFields }),
  /** `open`: what is left of the findings after what was repaired or recorded. */
  ReconciliationCompleted: z.object({ storages: count, findings: count, open: count, durationSeconds: seconds }),
  ReconciliationFailed: z.object({ ...failureFields, durationSeconds: seconds }),
} as const;

export type RetentionEventType = keyof typeof retentionEventSchemas;
export type RetentionEventData<Type extends RetentionEventType> = z.output<(typeof retentionEventSchemas)[Type]>;
export type RetentionEvent = {
  [Type in RetentionEventType]: DomainEvent<Type, RetentionEventData<Type>>;
}[RetentionEventType];
export type ProjectRetentionEvent = Extract<
  RetentionEvent,
  { type: 'RetentionAccepted' | 'RetentionQuestioned' | 'ProjectHoldPlaced' | 'ProjectHoldReleased' }
>;
export type CleanupEvent = Extract<
  RetentionEvent,
  { type: 'CleanupRequested' | 'CleanupStarted' | 'CleanupCompleted' | 'CleanupFailed' }
>;
export type ReconciliationEvent = Extract<
  RetentionEvent,
  {
    type:
      | 'ReconciliationRequested'
      | 'ReconciliationStarted'
      | 'StorageReconciled'
      | 'StorageNotReconciled'
      | 'ReconciliationCompleted'
      | 'ReconciliationFailed';
  }
>;
