import type { Decider, Decision } from '../decider.js';
import { catalogued, decideCatalogue } from './catalogue.js';
import type { BackupCommand } from './commands.js';
import { evolveRun } from './evolve-run.js';
import type { BackupEvent } from './events.js';
import { decideCopy } from './copies.js';
import { decideHold, evolveHold } from './holds.js';
import { decideKeeping, evolveKeeping } from './keeping.js';
import { outOfOrder } from './refusals.js';
import { decideRetry, evolveRetry } from './retry.js';
import { decideRun } from './run.js';
import { isEnded, type BackupState } from './state.js';

/**
 * A backup has two phases: its run, which ends once (`run.ts`, `evolve-run.ts`), and then the keeping of its copies
 * (`keeping.ts`). Here each command and event is assigned to a phase by its type, before anything else; the compiler demands that
 * for every new one.
 */
function decide(command: BackupCommand, state: BackupState): Decision<BackupEvent> {
  switch (command.type) {
    case 'RequestBackup':
    case 'StartBackup':
    case 'RecordArchive':
    case 'RequestCancel':
    case 'CompleteBackup':
    case 'FailBackup':
      return decideRun(command, state);
    case 'RecordUpload':
    case 'RecordUploadFailure':
    case 'RecordVerification':
    case 'RecordVerificationFailure':
    case 'RecordCopyHoldUp':
      return isEnded(state) ? decideCopy(command, state) : decideRun(command, state);
    case 'RequestRetry':
      return state.status === 'unknown' ? outOfOrder(command, state) : decideRetry(command, state);
    case 'RecordReverification':
    case 'RecordReverificationFailure':
    case 'RecordMove':
    case 'RecordRepair':
    case 'ProposeDeletion':
    case 'StartDeletion':
    case 'AbandonDeletion':
    case 'RecordDeletion':
      return decideKeeping(command, state);
    case 'PlaceHold':
    case 'ReleaseHold':
    case 'CancelDeletion':
      return decideHold(command, state);
    case 'CatalogueBackup':
      return decideCatalogue(command, state);
  }
}

function evolve(state: BackupState, event: BackupEvent): BackupState {
  switch (event.type) {
    case 'BackupRequested':
    case 'BackupStarted':
    case 'ArchiveCreated':
    case 'BackupCancelRequested':
    case 'BackupCompleted':
    case 'BackupFailed':
      return evolveRun(state, event);
    case 'BackupRetryRequested':
      return evolveRetry(state);
    case 'Uploaded':
    case 'UploadFailed':
    case 'CopyHeldUp':
    case 'Verified':
    case 'VerificationFailed':
      return isEnded(state) ? evolveKeeping(state, event) : evolveRun(state, event);
    case 'MovedToArchive':
    case 'CopyRepaired':
    case 'DeletionProposed':
    case 'DeletionStarted':
    case 'DeletionAbandoned':
    case 'HotCopyDeleted':
    case 'ArchiveDeleted':
    case 'DeletionRefused':
      return isEnded(state) ? evolveKeeping(state, event) : state;
    case 'HoldPlaced':
    case 'HoldReleased':
    case 'DeletionCancelled':
      return evolveHold(state, event);
    case 'BackupCatalogued':
      return catalogued(state, event);
  }
}

export const backupDecider: Decider<BackupCommand, BackupEvent, BackupState> = {
  initialState: { status: 'unknown' },
  decide,
  evolve,
};
