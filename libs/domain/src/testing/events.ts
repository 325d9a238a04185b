import type { BackupEvent, BackupEventData, BackupPolicy } from '../backup/events.js';

/** Builders of plausible events for tests: every field is set and can be overridden. */
export const aPolicy = (changes: Partial<BackupPolicy> = {}): BackupPolicy => ({
  projectType: 'laravel-app',
  priority: 'critical',
  encrypted: true,
  retentionYears: 7,
  canAutoDelete: false,
  copies: ['local', 'hetzner'],
  ...changes,
});

const at = '2025-11-21T02:00:00.000Z';
const path = 'havunadmin/hot/2025-11-21-03-00-00-havunadmin.zip';
const archived = 'havunadmin/archive/2025/11/2025-11-21-03-00-00-havunadmin.zip';
const holdId = '7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11';
const hash = 'a'.repeat(64);

type Changes<Type extends BackupEvent['type']> = Partial<BackupEventData<Type & keyof typeof defaults>> & {
  at?: string;
};

const defaults = {
  BackupRequested: {
    name: '2025-11-21-03-00-00-havunadmin',
    project: 'havunadmin',
    trigger: 'schedule',
    slot: at,
    force: false,
    policy: aPolicy(),
  },
  BackupStarted: { attempt: 1, runner: 'runner-1' },
  ArchiveCreated: {
    path,
    size: 1000,
    sha256: hash,
    manifestSha256: 'b'.repeat(64),
    entries: 12,
    sourceBytes: 4000,
    encrypted: true,
    databases: [{ name: 'havunadmin_production', kind: 'mariadb', tables: 3, rows: 42 }],
    warnings: [],
    adopted: false,
    durationMs: 1500,
  },
  Uploaded: { storage: 'hetzner', path, size: 1000, resumedFrom: 0, adopted: false, durationMs: 900 },
  UploadFailed: {
    storage: 'hetzner',
    attempts: 5,
    code: 'UNREACHABLE',
    message: 'hetzner: connection refused',
    remedy: 'Check that the server is up.',
  },
  Verified: { storage: 'local', path, size: 1000, sha256: hash, method: 'download', durationMs: 10 },
  VerificationFailed: {
    storage: 'local',
    path,
    code: 'CHECKSUM_MISMATCH',
    message: 'local: the checksum differs',
    remedy: 'Run the backup again.',
  },
  CopyHeldUp: {
    storage: 'hetzner',
    step: 'upload',
    code: 'UNREACHABLE',
    message: 'hetzner: connection refused',
    remedy: 'Check that the server is up.',
  },
  BackupCancelRequested: { by: 'henk', reason: 'It is in the way' },
  BackupRetryRequested: { by: 'henk', reason: 'The server is back' },
  BackupCompleted: {
    status: 'success',
    copies: [
      { storage: 'local', path, verified: true },
      { storage: 'hetzner', path, verified: true },
    ],
    durationSeconds: 60,
  },
  BackupFailed: {
    stage: 'archive',
    durationSeconds: 3,
    code: 'DATABASE_UNREACHABLE',
    message: 'Connection refused',
    remedy: 'Start the database server.',
  },
  BackupCatalogued: {
    name: '2025-11-21-03-00-00-havunadmin',
    project: 'havunadmin',
    createdAt: at,
    policy: aPolicy(),
    archive: {
      size: 1000,
      sha256: hash,
      manifestSha256: 'b'.repeat(64),
      entries: 12,
      sourceBytes: 4000,
      encrypted: true,
      databases: [{ name: 'havunadmin_production', kind: 'mariadb', tables: 3, rows: 42 }],
    },
    copies: [
      { storage: 'local', path, verified: true },
      { storage: 'hetzner', path, verified: true },
    ],
    status: 'success',
  },
  HoldPlaced: { holdId, by: 'henk', reason: 'Audit of 2025' },
  HoldReleased: { holdId, by: 'marie', reason: 'The audit is over' },
  MovedToArchive: { storage: 'hetzner', from: path, to: archived, rule: 'hot-days', reason: 'older than 30 days' },
  DeletionProposed: { notBefore: '2033-01-15T02:00:00.000Z', rule: 'archive-years', reason: 'older than 7 years' },
  DeletionCancelled: { holdId, by: 'henk', reason: 'Still needed' },
  DeletionStarted: { storage: 'local', path, tier: 'hot', rule: 'hot-days', reason: 'older than 30 days' },
  DeletionAbandoned: { storage: 'local', path, code: 'IN_USE', message: 'a drill uses it', remedy: 'Wait.' },
  HotCopyDeleted: { storage: 'local', path, rule: 'hot-days', reason: 'older than 30 days' },
  ArchiveDeleted: { storage: 'hetzner', path: archived, rule: 'archive-years', reason: 'older than 7 years' },
  DeletionRefused: {
    storage: 'local',
    path,
    tier: 'hot',
    rule: 'hot-days',
    code: 'ON_HOLD',
    message: 'it is on hold',
    remedy: 'Look at the hold.',
  },
  CopyRepaired: { storage: 'hetzner', path, from: 'local', size: 1000, sha256: hash },
} as const satisfies { [Type in BackupEvent['type']]: BackupEventData<Type> };

export function aBackupEvent<Type extends BackupEvent['type']>(
  type: Type,
  { at: when = at, ...changes }: Changes<Type> = {},
): Extract<BackupEvent, { type: Type }> {
  return { type, at: when, data: { ...defaults[type], ...changes } } as unknown as Extract<BackupEvent, { type: Type }>;
}
