import type { BackupPolicy, KeptBackup, RetentionContext, RetentionPolicy, SimulatedProject } from '@havun/domain';

export const projects = 50;
const timezone = 'Europe/Amsterdam';
const dayMs = 86_400_000;
const now = Date.parse('2026-06-15T05:00:00.000Z');

/** Every second project thins out, every third keeps what the law wants. */
export const policyOf = (index: number): RetentionPolicy => ({
  hotDays: 30,
  archiveYears: 7,
  autoCleanupArchive: index % 3 !== 0,
  complianceRequired: index % 3 === 0,
  safetyBackupDays: 30,
  ...(index % 2 === 1 && { keep: { last: 3, daily: 7, weekly: 8, monthly: 24, yearly: 7 } }),
});

export const contextNow: RetentionContext = {
  now: new Date(now).toISOString(),
  timezone,
  projectHolds: [],
  inUse: new Map(),
  settledAt: new Map(),
  coolingOffDays: 14,
};

const backupPolicyOf = (index: number): BackupPolicy => ({
  projectType: 'laravel-app',
  priority: 'critical',
  encrypted: true,
  retentionYears: 7,
  canAutoDelete: index % 3 !== 0,
  complianceRequired: index % 3 === 0,
  copies: ['local', 'hetzner'],
});

/** A project with so many daily backups until now; the clean-ups of all of them are still to come. */
export function keptProject(index: number, backups: number): SimulatedProject {
  const [project, backupPolicy] = [`project-${index}`, backupPolicyOf(index)];
  const minute = index % 60;
  return {
    project,
    backups: Array.from({ length: backups }, (_, day) =>
      keptBackup(project, backupPolicy, now - (backups - day) * dayMs + minute * 60_000),
    ),
    schedule: { cron: `${minute} 3 * * *`, timezone },
    backupPolicy,
  };
}

function keptBackup(project: string, policy: BackupPolicy, instant: number): KeptBackup {
  const date = new Date(instant).toISOString();
  const name = `${date.slice(0, 19).replaceAll(/[T:]/g, '-')}-${project}`;
  const path = `${project}/hot/${name}.zip`;
  const size = 50_000_000 + (instant % 1_000_003);
  const sha256 = 'a'.repeat(64);
  const archive = {
    ...{ path, size, sha256, manifestSha256: sha256, entries: 1200, sourceBytes: 4 * size, encrypted: true },
    ...{ databases: [], warnings: [], adopted: false, durationMs: 1500 },
  };
  const copies = new Map(policy.copies.map((storage) => [storage, { state: 'verified', path, at: date } as const]));
  const request = { name, project, trigger: 'schedule', slot: date, force: false, policy } as const;
  const run = { requestedAt: date, startedAt: date, endedAt: date, attempts: 1, durationSeconds: 60 };
  return { id: name, name, date, state: { status: 'success', request, ...run, archived: { archive, copies } } };
}
