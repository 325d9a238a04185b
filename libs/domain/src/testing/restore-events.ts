import type { RestoreEvent, RestoreEventData } from '../restore/events.js';

const at = '2025-11-22T09:00:00.000Z';
const name = '2025-11-21-03-00-00-havunadmin';
const path = `havunadmin/hot/${name}.zip`;
const failure = { code: 'CHECKSUM_MISMATCH', message: 'local: the checksum differs', remedy: 'Look at the disk.' };

const defaults = {
  RestoreRequested: {
    name: 'restore-2025-11-22-10-00-00-havunadmin',
    project: 'havunadmin',
    backup: {
      id: 'b30cdc32-411e-5647-ba66-145796146adf',
      name,
      archive: {
        size: 1000,
        sha256: 'a'.repeat(64),
        manifestSha256: 'b'.repeat(64),
        entries: 12,
        sourceBytes: 4000,
        encrypted: true,
      },
      copies: [
        { storage: 'local', path },
        { storage: 'hetzner', path },
      ],
    },
    chosenBecause: 'the newest backup',
    target: { kind: 'production' },
    selection: { database: true, files: 'all', config: false },
    safetyBackup: true,
    restoredBy: 'henk',
    reason: 'An invoice was lost',
  },
  SafetyBackupMade: {
    id: '0d9f2a51-3c1b-4a7e-9d55-6e1f0b7c2a10',
    name: '2025-11-22-10-00-01-havunadmin',
    status: 'success',
  },
  RestoreStarted: { attempt: 1, runner: 'runner-1' },
  CopyRejected: { storage: 'local', path, ...failure },
  ArchiveFetched: { storage: 'hetzner', path, size: 1000, durationMs: 900 },
  FilesStaged: { entries: 11, bytes: 3000, skippedLinks: 0, durationMs: 400 },
  DatabaseImported: {
    name: 'havunadmin_production',
    as: 'havunadmin_production__in_4f3c2b1a',
    tables: 3,
    rows: 42,
    durationMs: 700,
  },
  SwitchStarted: { paths: 2, databases: ['havunadmin_production'] },
  SwitchHeldUp: {
    step: 'take-back',
    code: 'ACCESS_DENIED',
    message: 'havunadmin_production: access denied',
    remedy: 'Set the password right.',
  },
  RestoreCompleted: {
    storage: 'hetzner',
    kept: { paths: 2, databases: ['havunadmin_production__kept_4f3c2b1a'] },
    warnings: [],
    durationSeconds: 30,
  },
  RestoreFailed: { stage: 'fetch', target: 'untouched', ...failure, durationSeconds: 3 },
  RestoreUndoRequested: { by: 'henk', reason: 'It was the wrong day' },
  RestoreUndone: { durationSeconds: 2 },
  RestoreConfirmRequested: { by: 'henk' },
  RestoreConfirmed: { durationSeconds: 1 },
  RestoreSettlementFailed: { what: 'undo', ...failure },
} as const satisfies { [Type in RestoreEvent['type']]: RestoreEventData<Type> };

/** A plausible event of a restore: every field is set and can be overridden. */
export function aRestoreEvent<Type extends RestoreEvent['type']>(
  type: Type,
  { at: when = at, ...changes }: Partial<RestoreEventData<Type>> & { at?: string } = {},
): Extract<RestoreEvent, { type: Type }> {
  const event = { type, at: when, data: { ...defaults[type], ...changes } };
  return event as unknown as Extract<RestoreEvent, { type: Type }>;
}
