import {
  backupDecider,
  fold,
  isHeldUp,
  type BackupEvent,
  type BackupEventData,
  type Failure,
  type MissingPart,
} from '@havun/domain';

/** How a backup's run ended, whatever happened to its copies later. */
export interface BackupOutcome {
  /** `held-up`: the missing copies wait for a storage that can't be reached. */
  readonly status: BackupEventData<'BackupCompleted'>['status'] | 'failed' | 'held-up' | 'running';
  readonly bytes?: number;
  readonly sha256?: string;
  readonly seconds?: number;
  readonly copies?: readonly object[];
  /** Why it failed. */
  readonly failure?: Failure;
  /** Why it is partial: the problem of each storage without a copy, and what its archive lacks. */
  readonly failures?: readonly (Failure & { readonly storage: string })[];
  readonly missing?: readonly MissingPart[];
}

export function backupOutcome(events: readonly BackupEvent[]): BackupOutcome {
  const archive = events.find((event) => event.type === 'ArchiveCreated');
  const { size: bytes, sha256, missing } = archive?.data ?? {};
  const facts = {
    ...(bytes !== undefined && { bytes }),
    ...(sha256 !== undefined && { sha256 }),
    ...(missing && { missing }),
  };
  const last = events.findIndex(({ type }) => type === 'BackupCompleted' || type === 'BackupFailed');
  const end = events[last];
  if (end?.type === 'BackupCompleted') {
    const { status, durationSeconds: seconds, copies } = end.data;
    return {
      ...facts,
      status,
      seconds,
      copies,
      ...(status === 'partial' && { failures: copyFailures(events.slice(0, last)) }),
    };
  }
  if (end?.type === 'BackupFailed') {
    const { code, message, remedy, durationSeconds } = end.data;
    return { ...facts, status: 'failed', seconds: durationSeconds, failure: { code, message, remedy } };
  }
  if (!isHeldUp(fold(backupDecider, events))) return { ...facts, status: 'running' };
  return { ...facts, status: 'held-up', failures: copyFailures(events) };
}

const copyFailures = (events: readonly BackupEvent[]): NonNullable<BackupOutcome['failures']> =>
  events.flatMap(({ type, data }) => {
    if (type !== 'UploadFailed' && type !== 'VerificationFailed' && type !== 'CopyHeldUp') return [];
    const { storage, code, message, remedy } = data;
    return [{ storage, code, message, remedy }];
  });
