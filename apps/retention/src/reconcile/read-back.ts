import type { ProgressPublisher, RunProgress } from '@havun/coordination';
import type { Clock, DeliveredEvent, Failure, LoggedCopy } from '@havun/domain';
import { requireContent, StorageError, type RemoteDigest, type StoragePort } from '@havun/storage';
import type { CopyLog } from './copy-log.js';

export interface ReadBackDeps {
  readonly event: DeliveredEvent;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly progress: ProgressPublisher;
  readonly log: CopyLog;
  readonly failure: (error: unknown) => Failure;
}

export type ReadBackOutcome =
  | { readonly kind: 'whole'; readonly bytes: number }
  | { readonly kind: 'bad'; readonly defect: 'missing' | 'damaged' }
  /** The log says something else of this copy by now. */
  | { readonly kind: 'changed' }
  /** It could not be read, which says nothing of what it holds. */
  | { readonly kind: 'unreadable'; readonly failure: Failure; readonly isAway: boolean };

/** Reads copies back, and has the log say what they were found to be. */
export class ReadBack {
  constructor(private readonly deps: ReadBackDeps) {}

  async read(storage: StoragePort, copy: LoggedCopy): Promise<ReadBackOutcome> {
    const { log, signal, clock, failure } = this.deps;
    const { backupId, path } = copy;
    if (!(await log.now(backupId, storage.name, path))) return { kind: 'changed' };
    const begun = clock.now().getTime();
    try {
      const digest = await this.whole(storage, copy, path);
      const durationMs = Math.max(0, clock.now().getTime() - begun);
      await log.record(backupId, { type: 'RecordReverification', storage: storage.name, path, ...digest, durationMs });
      return { kind: 'whole', bytes: digest.size };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StorageError)) throw error;
      const defect = defects[error.code];
      if (defect === undefined) return { kind: 'unreadable', failure: failure(error), isAway: error.isAway };
      await log.record(backupId, {
        type: 'RecordReverificationFailure',
        storage: storage.name,
        path,
        ...failure(error),
      });
      return { kind: 'bad', defect };
    }
  }

  /** @throws StorageError where what lies at `path` can't be read, or is not the archive of this copy */
  async whole(storage: StoragePort, copy: LoggedCopy, path: string): Promise<RemoteDigest> {
    const digest = await storage.sha256(path, {
      signal: this.deps.signal,
      onProgress: ({ bytes }) => {
        this.report(copy, 'verify', storage.name, bytes);
      },
    });
    requireContent({ storage: storage.name, path }, digest, copy);
    return digest;
  }

  report({ project, size }: LoggedCopy, activity: RunProgress['activity'], storage: string, doneBytes: number): void {
    const { event, progress } = this.deps;
    const { id: runId, host } = event.stream;
    progress.report({ runId, host, project, activity, storage, doneBytes, totalBytes: size });
  }
}

/** The codes that tell of the copy itself. Any other may be the storage's, and pass. */
const defects: Readonly<Partial<Record<StorageError['code'], 'missing' | 'damaged'>>> = {
  NOT_FOUND: 'missing',
  CHECKSUM_MISMATCH: 'damaged',
};
