import type { BackupEvent, BackupEventData, Failure } from '@havun/domain';

/** How a backup's run ended, whatever became of its copies later. */
export interface BackupOutcome {
  readonly status: BackupEventData<'BackupCompleted'>['status'] | 'failed' | 'running';
  readonly bytes?: number;
  readonly sha256?: string;
  readonly seconds?: number;
  readonly copies?: readonly object[];
  /** Why it failed. */
  readonly failure?: Failure;
  /** Why it is partial: what went wrong with each storage that has no copy. */
  readonly failures?: readonly (Failure & { readonly storage: string })[];
}

export function backupOutcome(events: readonly BackupEvent[]): BackupOutcome {
  const archive = events.find((event) => event.type === 'ArchiveCreated');
  const facts = archive ? { bytes: archive.data.size, sha256: archive.data.sha256 } : {};
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
  return { ...facts, status: 'running' };
}

const copyFailures = (events: readonly BackupEvent[]): NonNullable<BackupOutcome['failures']> =>
  events.flatMap(({ type, data }) => {
    if (type !== 'UploadFailed' && type !== 'VerificationFailed') return [];
    const { storage, code, message, remedy } = data;
    return [{ storage, code, message, remedy }];
  });
