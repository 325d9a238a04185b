import { archivePath, type BackupEvent } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';

/** What holds and retention can say of the copies of a run of {@link aRun}; any of it, in any order, may make no sense. */
export function keepingEvents(run: readonly BackupEvent[]): BackupEvent[] {
  const requested = run.find(({ type }) => type === 'BackupRequested') as Requested;
  const { project, name } = requested.data;
  const hot = `${project}/hot/${name}.zip`;
  const archived = archivePath(project, name);
  /** Without milliseconds, as nothing keeps an event from having it so. */
  const at = '2026-02-01T00:00:00Z';
  const holdId = 'a3a5a4a0-0000-4000-8000-000000000001';
  return [
    aBackupEvent('HoldPlaced', { at }),
    aBackupEvent('HoldPlaced', { at, holdId, until: '2027-01-01T00:00:00.000Z', reason: 'audit — ünïcødé 🔥' }),
    aBackupEvent('HoldReleased', { at }),
    aBackupEvent('DeletionProposed', { at }),
    aBackupEvent('DeletionCancelled', { at, holdId }),
    ...['local', 'hetzner'].flatMap((storage) => [
      aBackupEvent('MovedToArchive', { at, storage, from: hot, to: archived }),
      aBackupEvent('CopyRepaired', { at, storage, path: hot }),
      ...([hot, archived] as const).flatMap((path) => {
        const tier = path === hot ? ('hot' as const) : ('archive' as const);
        return [
          aBackupEvent('DeletionRefused', { at, storage, path, tier }),
          aBackupEvent('DeletionStarted', { at, storage, path, tier }),
          aBackupEvent('DeletionStarted', { at, storage, path, tier }),
          aBackupEvent('DeletionAbandoned', { at, storage, path }),
          aBackupEvent(tier === 'hot' ? 'HotCopyDeleted' : 'ArchiveDeleted', { at, storage, path }),
          aBackupEvent('Verified', { at, storage, path }),
        ];
      }),
    ]),
  ];
}

type Requested = Extract<BackupEvent, { type: 'BackupRequested' }>;
