import { z } from 'zod';
import type { DomainEvent } from '../event.js';
import {
  archiveFields,
  attemptFields,
  bytes,
  copyFields,
  count,
  failureFields,
  milliseconds,
  seconds,
  text,
  warningCounts,
} from '../event-fields.js';

/** The backup that was chosen, with all that its restore goes by: the archive that must come, and where to look for it. */
export const chosenBackupSchema = z.object({
  id: z.uuid(),
  name: text,
  archive: z.object(archiveFields),
  /** In the order in which they are tried. */
  copies: z.array(z.object(copyFields)).min(1),
});

export const restoreTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('production') }),
  /** The test environment that the configuration names. */
  z.object({ kind: z.literal('test') }),
  /** A folder on the project's host, which gets the archive's content as it is. */
  z.object({ kind: z.literal('folder'), path: text }),
]);

/** What of the backup is put back. `files`: all, none, or those that match a glob of the project's own paths. */
export const restoreSelectionSchema = z.object({
  database: z.boolean(),
  files: z.union([z.enum(['all', 'none']), z.array(text).min(1)]),
  /** `.env`, from `env-backup.txt`. */
  config: z.boolean(),
});

/** Version 1 of every event of one restore, in the order in which they usually come. */
export const restoreEventSchemas = {
  RestoreRequested: z.object({
    name: text,
    project: text,
    backup: chosenBackupSchema,
    /** Why this backup, in words. */
    chosenBecause: z.string(),
    target: restoreTargetSchema,
    selection: restoreSelectionSchema,
    /** Whether the present state is backed up first. */
    safetyBackup: z.boolean(),
    /** The account that asked, as its machine calls it. */
    restoredBy: text,
    reason: z.string().optional(),
  }),
  /** The present state is backed up: this backup is the way back when nothing else is. */
  SafetyBackupMade: z.object({ id: z.uuid(), name: text, status: z.enum(['success', 'partial']) }),
  RestoreStarted: z.object(attemptFields),
  /** A copy could not be used, and the next one is tried. */
  CopyRejected: z.object({ ...copyFields, ...failureFields }),
  /** A copy came whole: its size and SHA-256 are those that the backup was made with. */
  ArchiveFetched: z.object({ ...copyFields, size: bytes, durationMs: milliseconds }),
  /** The files lie beside their targets; the manifest and every entry were checked on the way. */
  FilesStaged: z.object({
    entries: count,
    bytes,
    skippedLinks: count,
    durationMs: milliseconds,
  }),
  /** The database lies beside the live one under another name, and holds what the manifest says. */
  DatabaseImported: z.object({
    name: text,
    as: text,
    tables: count,
    rows: count,
    durationMs: milliseconds,
  }),
  /** Everything is ready and checked. From here on the target is replaced: what dies now is completed at the next start. */
  SwitchStarted: z.object({ paths: count, databases: z.array(text) }),
  /**
   * The switch can't be ended now. `take-back`: it failed, and what it has replaced could not be put back yet; `complete`:
   * all is replaced, and what follows on that could not be done yet. It is tried again until it succeeds.
   */
  SwitchHeldUp: z.object({ step: z.enum(['take-back', 'complete']), ...failureFields }),
  RestoreCompleted: z.object({
    storage: text,
    /** What the restore has replaced is kept under dated names, until it is confirmed or undone. */
    kept: z.object({ paths: count, databases: z.array(text) }),
    warnings: warningCounts,
    durationSeconds: seconds,
  }),
  RestoreFailed: z.object({
    stage: z.enum(['request', 'safety-backup', 'fetch', 'stage', 'import', 'switch']),
    /** What the target is now. `untouched`: as before; `taken-back`: replaced in part and put back, so as before. */
    target: z.enum(['untouched', 'taken-back', 'unclear']),
    ...failureFields,
    durationSeconds: seconds,
  }),
  /** Of a completed restore; of one that has failed as `unclear`, or whose switch is held up, it takes back what was replaced. */
  RestoreUndoRequested: z.object({ by: text, reason: z.string().optional() }),
  /** What was kept is live again; what the restore had put there is gone. */
  RestoreUndone: z.object({ durationSeconds: seconds }),
  RestoreConfirmRequested: z.object({ by: text }),
  /** What was kept is removed. There is no undo any more. */
  RestoreConfirmed: z.object({ durationSeconds: seconds }),
  /** An undo or a confirmation did not succeed. Either may be asked for again, but no undo once a confirmation was begun. */
  RestoreSettlementFailed: z.object({ what: z.enum(['undo', 'confirm']), ...failureFields }),
} as const;

export type RestoreEventType = keyof typeof restoreEventSchemas;
export type RestoreEventData<Type extends RestoreEventType> = z.output<(typeof restoreEventSchemas)[Type]>;
export type RestoreEvent = { [Type in RestoreEventType]: DomainEvent<Type, RestoreEventData<Type>> }[RestoreEventType];
/** The part of a restore that failed. */
export type RestoreStage = RestoreEventData<'RestoreFailed'>['stage'];
export type ChosenBackup = z.output<typeof chosenBackupSchema>;
export type RestoreTarget = z.output<typeof restoreTargetSchema>;
export type RestoreSelection = z.output<typeof restoreSelectionSchema>;
