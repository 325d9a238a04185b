import { createHash } from 'node:crypto';
import type { BackupEvent, HavunEvent, StreamId } from '@havun/domain';
import { aBackupEvent, aPolicy } from '@havun/domain/testing';
import type { LoggedEvent, ReadLog } from '../read-model.js';

export type Ending =
  'success' | 'partial' | 'nothing-verified' | 'no-archive' | 'distributing' | 'archiving' | 'requested';

/** The events of one backup of the given day, in order, a second apart. */
export function aRun(day: number, project: string, ending: Ending, copies = ['local', 'hetzner']): BackupEvent[] {
  const start = Date.UTC(2025, 0, 1, 2) + day * 86_400_000;
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  const name = `${at(0).slice(0, 10)}-03-00-00-${project}`;
  const path = `${project}/hot/${name}.zip`;
  const sha256 = createHash('sha256').update(name).digest('hex');
  const verified = copies.filter((storage) => ending === 'success' || (ending === 'partial' && storage === 'local'));
  const ended = copies.map((storage) => ({ storage, path, verified: verified.includes(storage) }));
  const events: BackupEvent[] = [
    aBackupEvent('BackupRequested', { at: at(0), name, project, slot: at(0), policy: aPolicy({ copies }) }),
    aBackupEvent('BackupStarted', { at: at(1) }),
    aBackupEvent('ArchiveCreated', { at: at(2), path, sha256, size: 1000 + day }),
    ...copies
      .filter((storage) => storage !== 'local')
      .map((storage, i) => aBackupEvent('Uploaded', { at: at(3 + i), storage, path })),
    ...copies.map((storage, i) =>
      verified.includes(storage)
        ? aBackupEvent('Verified', { at: at(10 + i), storage, path, sha256 })
        : aBackupEvent('VerificationFailed', {
            at: at(10 + i),
            storage,
            path,
            message: `${storage}: other bytes — ünïcødé 🔥`,
          }),
    ),
  ];
  switch (ending) {
    case 'success':
    case 'partial':
      return [...events, aBackupEvent('BackupCompleted', { at: at(20), status: ending, copies: ended })];
    case 'nothing-verified':
      return [...events, aBackupEvent('BackupFailed', { at: at(20), stage: 'verify', code: 'NO_VERIFIED_COPY' })];
    case 'no-archive':
      return [...events.slice(0, 2), aBackupEvent('BackupFailed', { at: at(20) })];
    case 'distributing':
      return events.slice(0, 4);
    case 'archiving':
      return events.slice(0, 2);
    case 'requested':
      return events.slice(0, 1);
  }
}

/** A log that grows, with gaps between positions where a test asks for them. */
export class Log {
  readonly events: LoggedEvent[] = [];
  #position = 0;

  append(stream: StreamId, event: HavunEvent, gap = 1): LoggedEvent {
    this.#position += gap;
    const id = createHash('md5').update(`${this.#position}`).digest('hex');
    const recorded: LoggedEvent = {
      id: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20)}`,
      event,
      correlationId: stream.id,
      ...(this.#position % 2 === 0 ? { causationId: `because-of-${this.#position}` } : {}),
      source: 'test',
      stream,
      revision: this.#position,
      position: this.#position,
    };
    this.events.push(recorded);
    return recorded;
  }

  /** Appends whole runs, one after another, each with the id `run-<number>`. */
  appendRuns(runs: readonly BackupEvent[][], firstNumber = 0): void {
    runs.forEach((events, i) => {
      for (const event of events) this.append(backupStream(`run-${firstNumber + i}`), event);
    });
  }

  appendAll(stream: StreamId, events: readonly HavunEvent[]): void {
    for (const event of events) this.append(stream, event);
  }

  get head(): number {
    return this.#position;
  }

  /** The log for a rebuild. */
  read: ReadLog = async function* (this: Log, after: number) {
    await Promise.resolve();
    for (const event of [...this.events]) if (event.position > after) yield event;
  }.bind(this);
}

export const backupStream = (id: string): StreamId => ({ host: 'local', category: 'backup', id });

export const restoreStream = (id: string): StreamId => ({ host: 'local', category: 'restore', id });
export const drillStream = (id: string): StreamId => ({ host: 'local', category: 'drill', id });

export const aReservation = (name: string): HavunEvent => ({
  type: 'BackupNameReserved',
  at: '2025-11-21T02:00:00.000Z',
  data: { name, backupId: '4f3c2b1a-0000-4000-8000-000000000000' },
});
