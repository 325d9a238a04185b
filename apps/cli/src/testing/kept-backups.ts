import {
  archivePath,
  backupDecider,
  fold,
  hotArchivePath,
  isEnded,
  type BackupEvent,
  type BackupPolicy,
  type EndedBackup,
  type KeptBackup,
  type RetentionContext,
} from '@havun/domain';
import { aBackupEvent, aPolicy, backupName } from '@havun/domain/testing';

const timezone = 'Europe/Amsterdam';
const copies = ['local', 'hetzner'];

export interface KeptWish {
  readonly project?: string;
  readonly policy?: Partial<BackupPolicy>;
  /** What happened after its end; `hot` and `archived` are the places that it can lie in. */
  readonly afterwards?: (hot: string, archived: string) => BackupEvent[];
}

/** A successful backup of a local morning, with a verified copy here and offsite. @param day `2025-11-21` */
export function keptBackup(
  day: string,
  { project = 'havunadmin', policy = {}, afterwards }: KeptWish = {},
): KeptBackup {
  const slot = `${day}T02:00:00.000Z`;
  const name = backupName(project, new Date(slot), timezone);
  const path = hotArchivePath(project, name);
  const request = { name, project, slot, policy: aPolicy({ copies, ...policy }) };
  const events: BackupEvent[] = [
    aBackupEvent('BackupRequested', { at: slot, ...request }),
    aBackupEvent('BackupStarted', { at: slot }),
    aBackupEvent('ArchiveCreated', { at: slot, path }),
    aBackupEvent('Uploaded', { at: slot, storage: 'hetzner', path }),
    ...copies.map((storage) => aBackupEvent('Verified', { at: slot, storage, path })),
    aBackupEvent('BackupCompleted', { at: slot, copies: copies.map((storage) => ({ storage, path, verified: true })) }),
    ...(afterwards?.(path, archivePath(project, name)) ?? []),
  ];
  return { id: name, name, date: slot, state: endedBy(events) };
}

function endedBy(events: readonly BackupEvent[]): EndedBackup {
  const state = fold(backupDecider, events);
  if (!isEnded(state)) throw new Error(`it is ${state.status}`);
  return state;
}

/** One for each of so many days up to this one. @param last `2025-11-21` */
export function dailyBackups(last: string, count: number, wish: KeptWish = {}): KeptBackup[] {
  const end = Date.parse(last);
  const day = (back: number): string => new Date(end - back * 86_400_000).toISOString().slice(0, 10);
  return Array.from({ length: count }, (_, index) => keptBackup(day(count - 1 - index), wish));
}

/** In the archive offsite, and nowhere else. */
export const inArchive = (hot: string, archived: string): BackupEvent[] => [
  aBackupEvent('MovedToArchive', { storage: 'hetzner', from: hot, to: archived }),
  aBackupEvent('DeletionStarted', { storage: 'local', path: hot }),
  aBackupEvent('HotCopyDeleted', { storage: 'local', path: hot }),
];

export const retentionAt = (now: string, changes: Partial<RetentionContext> = {}): RetentionContext => ({
  now,
  timezone,
  projectHolds: [],
  inUse: new Map(),
  settledAt: new Map(),
  coolingOffDays: 14,
  ...changes,
});
