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

/** The chosen backup, with everything that its restore needs: the expected archive, and where to look for it. */
export const chosenBackupSchema = z.object({
  id: z.uuid(),
  name: text,
  archive: z.object(archiveFields),
  /** In the order in which they are tried. */
  copies: z.array(z.object(copyFields)).min(1),
});

export const restoreTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('production') }),
  /** The test environment of the configuration. */
  z.object({ kind: z.literal('test') }),
  /** A folder on the project's host, which gets the archive's content unchanged. */
  z.object({ kind: z.literal('folder'), path: text }),
]);

/** The parts of the backup to restore. `files`: all, none, or those that match a glob of the project's paths. */
export const restoreSelectionSchema = z.object({
  database: z.boolean(),
  files: z.union([z.enum(['all', 'none']), z.array(text).min(1)]),
  /** `.env`, from `env-backup.txt`. */
  config: z.boolean(),
});

/** Version 1 of every event of one restore, in their usual order. */
export const restoreEventSchemas = {
  RestoreRequested: z.object({
    name: text,
    project: text,
    backup: chosenBackupSchema,
    /** Why this backup was chosen, in words. */
    chosenBecause: z.string(),
    target: restoreTargetSchema,
    selection: restoreSelectionSchema,
    /** Whether the present state is backed up first. */
    safetyBackup: z.boolean(),
    /** The account that requested it, as its machine names it. */
    restoredBy: text,
    reason: z.string().optional(),
  }),
  /** The present state is backed up. If everything else fails, this backup is the way back. */
  SafetyBackupMade: z.object({ id: z.uuid(), name: text, status: z.enum(['success', 'partial']) }),
  RestoreStarted: z.object(attemptFields),
  /** A copy could not be used; the next one is tried. */
  CopyRejected: z.object({ ...copyFields, ...failureFields }),
  /** A copy was fetched completely: its size and SHA-256 are those recorded when the backup was made. */
  ArchiveFetched: z.object({ ...copyFields, size: bytes, durationMs: milliseconds }),
  /** The files are beside their targets; the manifest and every entry were checked on the way. */
  FilesStaged: z.object({
    entries: count,
    bytes,
    skippedLinks: count,
    durationMs: milliseconds,
  }),
  /** The database is imported beside the live one under another name, and holds what the manifest says. */
  DatabaseImported: z.object({
    name: text,
    as: text,
    tables: count,
    rows: count,
    durationMs: milliseconds,
  }),
  /** Everything is ready and checked. From here on the target is replaced: if the runner dies now, the next start completes the switch. */
  SwitchStarted: z.object({ paths: count, databases: z.array(text) }),
  /**
   * The switch can't be ended now. `take-back`: it failed, and what it has replaced could not be put back yet; `complete`:
   * all is replaced, and what follows on that could not be done yet. It is tried again until it succeeds.
   */
  SwitchHeldUp: z.object({ step: z.enum(['take-back', 'complete']), ...failureFields }),
  RestoreCompleted: z.object({
    storage: text,
    /** What the restore has replaced is kept under dated names, until the restore is confirmed or undone. */
    kept: z.object({ paths: count, databases: z.array(text) }),
    warnings: warningCounts,
    durationSeconds: seconds,
  }),
  RestoreFailed: z.object({
    stage: z.enum(['request', 'safety-backup', 'fetch', 'stage', 'import', 'switch']),
    /** The state of the target. `untouched`: as before; `taken-back`: replaced in part and put back, so as before. */
    target: z.enum(['untouched', 'taken-back', 'unclear']),
    ...failureFields,
    durationSeconds: seconds,
  }),
  /** Of a completed restore; of one that has failed as `unclear`, or whose switch is held up, it takes back what was replaced. */
  RestoreUndoRequested: z.object({ by: text, reason: z.string().optional() }),
  /** What was kept is live again; what the restore had put there is removed. */
  RestoreUndone: z.object({ durationSeconds: seconds }),
  RestoreConfirmRequested: z.object({ by: text }),
  /** What was kept is removed. Undo is not possible any more. */
  RestoreConfirmed: z.object({ durationSeconds: seconds }),
  /** An undo or a confirmation failed. Either may be requested again, but no undo once a confirmation was begun. */
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
