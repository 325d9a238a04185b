import { z } from 'zod';
import type { DomainEvent } from '../event.js';

const bytes = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const milliseconds = z.int().nonnegative();
/** A path inside a storage, relative to that storage's own base folder. */
const storagePath = z.string().min(1);
const failure = { code: z.string().min(1), message: z.string(), remedy: z.string() };

/** What the configuration said of the project when the backup was asked for. Later steps and the tables go by this. */
export const backupPolicySchema = z.object({
  projectType: z.enum(['laravel-app', 'laravel-package', 'nodejs-app']),
  priority: z.enum(['critical', 'high', 'medium', 'low']),
  encrypted: z.boolean(),
  retentionYears: z.int().nonnegative(),
  canAutoDelete: z.boolean(),
  /** Every storage that must hold a copy, the local one first. `success` means all of them are verified (D11). */
  copies: z.array(z.string().min(1)).min(1),
});

const copySchema = z.object({ storage: z.string().min(1), path: storagePath, verified: z.boolean() });

/** What an archive is, wherever a copy of it lies. */
const archiveFields = {
  size: bytes,
  sha256,
  manifestSha256: sha256,
  entries: z.int().nonnegative(),
  sourceBytes: bytes,
  encrypted: z.boolean(),
  databases: z.array(
    z.object({ name: z.string(), kind: z.string(), tables: z.int().nonnegative(), rows: z.int().nonnegative() }),
  ),
};

/** Who asked for a backup. `safety`: a restore, before it replaced anything. */
const trigger = z.enum(['schedule', 'manual', 'safety']);

/** Version 1 of every event of one backup, in the order in which they usually come. */
export const backupEventSchemas = {
  BackupRequested: z.object({
    name: z.string().min(1),
    project: z.string().min(1),
    trigger,
    /** The cron slot that asked, for `schedule`. */
    slot: z.iso.datetime().optional(),
    force: z.boolean(),
    policy: backupPolicySchema,
  }),
  BackupStarted: z.object({ attempt: z.int().positive(), runner: z.string().min(1) }),
  ArchiveCreated: z.object({
    path: storagePath,
    ...archiveFields,
    /** How often each warning was given. The manifest names the files: names may be personal, so events do not (D4). */
    warnings: z.array(z.object({ code: z.string(), count: z.int().positive() })),
    /** The archive of an attempt that died before it could say so was found whole, and taken over. */
    adopted: z.boolean(),
    durationMs: milliseconds,
  }),
  Uploaded: z.object({
    storage: z.string().min(1),
    path: storagePath,
    size: bytes,
    resumedFrom: bytes,
    adopted: z.boolean(),
    durationMs: milliseconds,
  }),
  UploadFailed: z.object({ storage: z.string().min(1), attempts: z.int().positive(), ...failure }),
  Verified: z.object({
    storage: z.string().min(1),
    path: storagePath,
    size: bytes,
    sha256,
    /** `server`: the storage hashed the file itself; `download`: every byte was read back. */
    method: z.enum(['server', 'download']),
    durationMs: milliseconds,
  }),
  VerificationFailed: z.object({ storage: z.string().min(1), path: storagePath, ...failure }),
  BackupCompleted: z.object({
    status: z.enum(['success', 'partial']),
    copies: z.array(copySchema),
    durationSeconds: z.int().nonnegative(),
  }),
  BackupFailed: z.object({
    stage: z.enum(['request', 'archive', 'upload', 'verify']),
    durationSeconds: z.int().nonnegative(),
    ...failure,
  }),
  /**
   * The backup was found in the storages: by its sidecar and manifest on a machine whose log does not know it, or at
   * other places than the log knew. The first event of a backup that the log does not know.
   */
  BackupCatalogued: z.object({
    name: z.string().min(1),
    project: z.string().min(1),
    /** When the archive was begun, as its manifest says. */
    createdAt: z.iso.datetime(),
    /** As its manifest says; absent where that does not. */
    trigger: trigger.optional(),
    policy: backupPolicySchema,
    archive: z.object(archiveFields),
    /**
     * The copies that were found; of a backup that the log knew, those of which it did not. `verified`: it was read back
     * and is what its sidecar says.
     */
    copies: z.array(copySchema).min(1),
    /** `success` when every storage of the policy has a verified copy. */
    status: z.enum(['success', 'partial']),
  }),
} as const;

export type BackupEventType = keyof typeof backupEventSchemas;
export type BackupEventData<Type extends BackupEventType> = z.output<(typeof backupEventSchemas)[Type]>;
export type BackupEvent = { [Type in BackupEventType]: DomainEvent<Type, BackupEventData<Type>> }[BackupEventType];
export type BackupPolicy = z.output<typeof backupPolicySchema>;
