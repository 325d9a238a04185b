import { z } from 'zod';
import type { DomainEvent } from '../event.js';
import { holdFields } from '../retention/hold.js';
import {
  archiveFields,
  attemptFields,
  bytes,
  copyFields,
  count,
  failureFields,
  milliseconds,
  missingParts,
  seconds,
  sha256,
  text,
  warningCounts,
} from '../event-fields.js';

/** The project's configuration when the backup was requested. Later steps and the tables use this. */
export const backupPolicySchema = z.object({
  projectType: z.enum(['laravel-app', 'laravel-package', 'nodejs-app']),
  priority: z.enum(['critical', 'high', 'medium', 'low']),
  encrypted: z.boolean(),
  retentionYears: count,
  canAutoDelete: z.boolean(),
  /** Whether the law wanted this backup kept when it was made; absent in backups of release 0.1. */
  complianceRequired: z.boolean().optional(),
  /** Every storage that must hold a copy, the local one first. `success` means that all of them are verified (D11). */
  copies: z.array(text).min(1),
});

const copySchema = z.object({ ...copyFields, verified: z.boolean() });

/** The archive, which includes the databases. */
const fullArchiveFields = {
  ...archiveFields,
  databases: z.array(z.object({ name: z.string(), kind: z.string(), tables: count, rows: count })),
  /** Absent where nothing is missing, and in backups of older releases. */
  missing: missingParts.optional(),
};

/** Who requested a backup. `safety`: a restore, before it replaced anything. */
const trigger = z.enum(['schedule', 'manual', 'safety']);

/** Which rule wants a deletion or a move, and in words why. */
const becauseFields = { rule: text, reason: text };
const tier = z.enum(['hot', 'archive']);

/** Version 1 of every event of one backup, in their usual order. */
export const backupEventSchemas = {
  BackupRequested: z.object({
    name: text,
    project: text,
    trigger,
    /** The cron slot, for `schedule`. */
    slot: z.iso.datetime().optional(),
    force: z.boolean(),
    policy: backupPolicySchema,
  }),
  BackupStarted: z.object(attemptFields),
  ArchiveCreated: z.object({
    path: copyFields.path,
    ...fullArchiveFields,
    /** The manifest has the names of the files. */
    warnings: warningCounts,
    /** An attempt died before it could record its archive; the archive was found whole, and adopted. */
    adopted: z.boolean(),
    durationMs: milliseconds,
  }),
  Uploaded: z.object({
    ...copyFields,
    size: bytes,
    resumedFrom: bytes,
    adopted: z.boolean(),
    durationMs: milliseconds,
  }),
  UploadFailed: z.object({ storage: text, attempts: z.int().positive(), ...failureFields }),
  Verified: z.object({
    ...copyFields,
    size: bytes,
    sha256,
    /** `server`: the storage hashed the file itself; `download`: every byte was read back. */
    method: z.enum(['server', 'download']),
    durationMs: milliseconds,
  }),
  VerificationFailed: z.object({ ...copyFields, ...failureFields }),
  /** A storage can't be reached: the copy waits for it, and is tried again. Said once for each reason. */
  CopyHeldUp: z.object({ storage: text, step: z.enum(['upload', 'verify']), ...failureFields }),
  /** The run is to stop. It ends as failed with the code `CANCELLED`. */
  BackupCancelRequested: z.object({ by: text, reason: z.string().optional() }),
  /**
   * What is missing is to be uploaded and verified: of an ended backup every copy that is not verified; of one that runs
   * those that are held up, at once.
   */
  BackupRetryRequested: z.object({ by: text, reason: z.string().optional() }),
  BackupCompleted: z.object({
    status: z.enum(['success', 'partial']),
    copies: z.array(copySchema),
    durationSeconds: seconds,
  }),
  BackupFailed: z.object({
    stage: z.enum(['request', 'archive', 'upload', 'verify']),
    durationSeconds: seconds,
    ...failureFields,
  }),
  /**
   * The backup was found in the storages, by its sidecar and manifest: on a machine whose log does not know it, or at other
   * places than the log says. The first event of a backup that the log does not know.
   */
  BackupCatalogued: z.object({
    name: text,
    project: text,
    /** When the archive was begun, as its manifest says. */
    createdAt: z.iso.datetime(),
    /** From its manifest; absent where that does not say it. */
    trigger: trigger.optional(),
    policy: backupPolicySchema,
    archive: z.object(fullArchiveFields),
    /**
     * The copies that were found; for a known backup, only those that the log did not know. `verified`: the copy was read back
     * and matches its sidecar.
     */
    copies: z.array(copySchema).min(1),
    /** `success` when nothing is missing, and every storage of the policy has a verified copy. */
    status: z.enum(['success', 'partial']),
  }),
  /** Nothing of this backup is deleted until the hold is released, or its date has come. */
  HoldPlaced: z.object(holdFields),
  HoldReleased: z.object({ holdId: holdFields.holdId, by: text, reason: text }),
  /** The copy in a storage went from the hot place to the one of the archive, its checksum with it. */
  MovedToArchive: z.object({ storage: text, from: text, to: text, ...becauseFields }),
  /** The archive may go. It is deleted after `notBefore`, unless somebody cancels that. */
  DeletionProposed: z.object({ notBefore: z.iso.datetime(), ...becauseFields }),
  /** The backup is kept, as by a hold: it is released like one. */
  DeletionCancelled: z.object(holdFields),
  /** From here on the copy may be gone: it counts for nothing any more. What uses it is looked at once more before it is deleted. */
  DeletionStarted: z.object({ ...copyFields, tier, ...becauseFields }),
  /** It was not deleted after all, and counts as before. */
  DeletionAbandoned: z.object({ ...copyFields, ...failureFields }),
  HotCopyDeleted: z.object({ ...copyFields, ...becauseFields }),
  ArchiveDeleted: z.object({ ...copyFields, ...becauseFields }),
  /** A rule wanted the deletion of a copy, and something forbids it. Said once for each reason. */
  DeletionRefused: z.object({ ...copyFields, tier, rule: text, ...failureFields }),
  /** A damaged or missing copy was made again from a good one, and read back. */
  CopyRepaired: z.object({ ...copyFields, from: text, size: bytes, sha256 }),
} as const;

export type BackupEventType = keyof typeof backupEventSchemas;
export type BackupEventData<Type extends BackupEventType> = z.output<(typeof backupEventSchemas)[Type]>;
export type BackupEvent = { [Type in BackupEventType]: DomainEvent<Type, BackupEventData<Type>> }[BackupEventType];
/** The part of a run that failed. */
export type BackupStage = BackupEventData<'BackupFailed'>['stage'];
export type BackupPolicy = z.output<typeof backupPolicySchema>;
