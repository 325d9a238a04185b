import { backupDecider } from '../../backup/decider.js';
import type { BackupEvent } from '../../backup/events.js';
import { isEnded, localCopy, type Copy, type EndedBackup } from '../../backup/state.js';
import { fold } from '../../decider.js';
import { archivePath, backupName, hotArchivePath } from '../../naming.js';
import { aBackupEvent, aPolicy } from '../../testing/events.js';
import { afterActs } from '../acted.js';
import type { KeptBackup, PlannedBackup, RetentionContext } from '../kept-backup.js';
import type { RetentionPolicy } from '../policy.js';

export const project = 'havunadmin';
export const timezone = 'Europe/Amsterdam';
const offsiteStorage = 'hetzner';

export type CopyKind = 'verified' | 'present' | 'failed' | 'never-came' | 'archived' | 'none';

export interface KeptOptions {
  /** Local storage and offsite. */
  readonly local?: CopyKind;
  readonly offsite?: CopyKind;
  readonly trigger?: 'schedule' | 'manual' | 'safety';
  readonly size?: number;
  /** What was recorded when it was made. */
  readonly complianceRequired?: boolean | undefined;
  readonly canAutoDelete?: boolean;
  readonly project?: string;
  /** Its archive was made without some of what it was asked to hold. */
  readonly lacking?: boolean;
  /** What happened since. */
  readonly then?: readonly BackupEvent[];
}

/** A backup made at an instant, whose copies are as said: verified and hot where nothing is. */
export function kept(date: string, options: KeptOptions = {}): KeptBackup {
  const of = options.project ?? project;
  const name = backupName(of, new Date(date), timezone);
  const { local = 'verified', offsite = 'verified', trigger = 'schedule', size = 1000, lacking = false } = options;
  const policy = aPolicy({ canAutoDelete: options.canAutoDelete ?? true });
  const complianceRequired = 'complianceRequired' in options ? options.complianceRequired : false;
  const full = { ...policy, ...(complianceRequired !== undefined && { complianceRequired }) };
  const path = hotArchivePath(of, name);
  const slot = trigger === 'schedule' ? { slot: date } : {};
  const request = { name, project: of, trigger, force: false, policy: full, ...slot };
  const history: BackupEvent[] = [
    { type: 'BackupRequested', at: date, data: request },
    aBackupEvent('BackupStarted', { at: date }),
    aBackupEvent('ArchiveCreated', {
      at: date,
      path,
      size,
      ...(lacking && { missing: [{ code: 'TABLE_DAMAGED', count: 1 }] }),
    }),
    ...copyEvents(localCopy, local, path, date),
    ...copyEvents(offsiteStorage, offsite, path, date),
    aBackupEvent('BackupCompleted', {
      at: date,
      status: isGood(local) && isGood(offsite) && !lacking ? 'success' : 'partial',
    }),
    ...moved([localCopy, local], [offsiteStorage, offsite], path, archivePath(of, name), date),
    ...(options.then ?? []),
  ];
  const state = fold(backupDecider, history);
  if (!isEnded(state)) throw new Error(`${name} is ${state.status}`);
  return { id: name, name, date, state: withoutNone(state, { [localCopy]: local, [offsiteStorage]: offsite }) };
}

const isGood = (kind: CopyKind): boolean => kind === 'verified' || kind === 'archived' || kind === 'none';

function copyEvents(storage: string, kind: CopyKind, path: string, at: string): BackupEvent[] {
  const uploaded = storage === localCopy ? [] : [aBackupEvent('Uploaded', { at, storage, path })];
  switch (kind) {
    case 'verified':
    case 'archived':
    case 'none':
      return [...uploaded, aBackupEvent('Verified', { at, storage, path })];
    case 'present':
      return uploaded;
    case 'failed':
      return [...uploaded, aBackupEvent('VerificationFailed', { at, storage, path })];
    case 'never-came':
      return [aBackupEvent('UploadFailed', { at, storage })];
  }
}

function moved(
  local: readonly [string, CopyKind],
  offsite: readonly [string, CopyKind],
  from: string,
  to: string,
  at: string,
): BackupEvent[] {
  return [local, offsite].flatMap(([storage, kind]) =>
    kind === 'archived' ? [aBackupEvent('MovedToArchive', { at, storage, from, to })] : [],
  );
}

/** `none`: deleted before, as retention does. */
function withoutNone(state: EndedBackup, kinds: Readonly<Record<string, CopyKind>>): EndedBackup {
  if (!state.archived) return state;
  const copies = new Map(
    [...state.archived.copies].map(([storage, copy]): [string, Copy] =>
      kinds[storage] === 'none' && copy.state !== 'expected' && copy.path !== undefined
        ? [storage, { state: 'removed', path: copy.path, at: state.endedAt, rule: 'hot-days' }]
        : [storage, copy],
    ),
  );
  return { ...state, archived: { ...state.archived, copies } };
}

/** A backup in the archive alone. */
export const archivedOnly = (date: string, options: KeptOptions = {}): KeptBackup =>
  kept(date, { local: 'none', offsite: 'archived', ...options });

export const aContext = (now: string, changes: Partial<RetentionContext> = {}): RetentionContext => ({
  now,
  timezone,
  projectHolds: [],
  inUse: new Map(),
  settledAt: new Map(),
  coolingOffDays: 14,
  ...changes,
});

/** Of a project whose archives may go. */
export const deleting = (changes: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  hotDays: 30,
  archiveYears: 1,
  autoCleanupArchive: true,
  complianceRequired: false,
  safetyBackupDays: 30,
  ...changes,
});

/** The backups once everything that was planned has been done. */
export const done = (planned: readonly PlannedBackup[], now: string): KeptBackup[] =>
  planned.map((one) => ({ ...one.backup, state: afterActs(one, now) }));

/** One date for each day, oldest first, ending with `last`. */
export const daily = (last: string, days: number): string[] =>
  Array.from({ length: days }, (_, index) =>
    new Date(Date.parse(last) - (days - 1 - index) * 86_400_000).toISOString(),
  );
