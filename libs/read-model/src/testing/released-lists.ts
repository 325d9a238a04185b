import type { Backup, Queries } from '../queries/port.js';

/**
 * What the lists say of a read model, question by question. `released-lists-0.1.json` has the answers of release 0.1 to the
 * tables that it made of `released-log-0.1.ndjson`; those tables are `read-model-0.1.sqlite.sql` and `read-model-0.1.mariadb.sql`.
 * None of the three is ever changed: it is what stands in the databases of people who have that release.
 */
export async function listsOf(queries: Queries): Promise<Record<string, unknown>> {
  const backups = await queries.listBackups({ limit: 1000 });
  const middle = backups[Math.floor(backups.length / 2)]!;
  return {
    backups,
    'running backups': await queries.runningBackups(),
    'names of backups': await namesOf(queries, middle),
    'rows of backup_logs': await Promise.all(
      backups.map(async ({ name }) => (await queries.findBackupLog(name)) ?? null),
    ),
    'last backups': await lastOf(queries, backups),
    restores: await queries.restoreLogs({ limit: 1000 }),
    'restores of webshop, the newest two': await queries.restoreLogs({ project: 'webshop', limit: 2 }),
    drills: await queries.drillLogs({ limit: 1000 }),
    'drills of havunadmin': await queries.drillLogs({ project: 'havunadmin', limit: 1000 }),
    'drills of 2026-Q4': await queries.drillLogs({ quarter: '2026-Q4', limit: 1000 }),
    'entries of the audit log': await auditCounts(queries),
    'newest entries of the audit log': await queries.auditLog({ order: 'newest', limit: 5 }),
  };
}

/** The names that each filter of backups leaves, in the order of the list. */
async function namesOf(queries: Queries, { name, id, project, backupDate }: Backup): Promise<Record<string, string[]>> {
  const names = async (filter: Omit<Parameters<Queries['listBackups']>[0], 'limit'>, limit = 1000): Promise<string[]> =>
    (await queries.listBackups({ ...filter, limit })).map((backup) => backup.name);
  return {
    'of a project': await names({ project }),
    'that failed': await names({ status: 'failed' }),
    'that are not whole': await names({ status: ['partial', 'failed'] }),
    since: await names({ since: backupDate }),
    until: await names({ until: backupDate }),
    'on the next page': await names({ before: name }, 3),
    'running, of havunmcp': (await queries.runningBackups({ project: 'havunmcp' })).map((backup) => backup.name),
    'found by name and by id': [await queries.findBackup(name), await queries.findBackup(id)].map(
      (found) => found!.name,
    ),
  };
}

async function lastOf(queries: Queries, backups: readonly Backup[]): Promise<Record<string, (string | null)[]>> {
  const projects = [...new Set(backups.map(({ project }) => project))].sort();
  const last = async (project: string): Promise<(string | null)[]> => [
    (await queries.lastBackup(project))?.name ?? null,
    (await queries.lastBackup(project, { status: 'success' }))?.name ?? null,
  ];
  return Object.fromEntries(
    await Promise.all(projects.map(async (project) => [project, await last(project)] as const)),
  );
}

/** How many entries there are, of each type, category and run, and between two instants. */
async function auditCounts(queries: Queries): Promise<Record<string, unknown>> {
  const all = await queries.auditLog({ limit: 10_000 });
  const middle = all[Math.floor(all.length / 2)]!;
  const by = async (key: 'type' | 'category' | 'streamId' | 'correlationId'): Promise<Record<string, number>> => {
    const values = [...new Set(all.map((entry) => entry[key]))].sort();
    const counts = await Promise.all(values.map((value) => queries.auditLog({ [key]: value, limit: 10_000 })));
    return Object.fromEntries(values.map((value, i) => [value, counts[i]!.length]));
  };
  return {
    all: all.length,
    'of each type': await by('type'),
    'of each category': await by('category'),
    'of each stream': await by('streamId'),
    'of each correlation': await by('correlationId'),
    since: (await queries.auditLog({ since: middle.occurredAt, limit: 10_000 })).length,
    until: (await queries.auditLog({ until: middle.occurredAt, limit: 10_000 })).length,
    after: (await queries.auditLog({ after: middle.position, limit: 10_000 })).length,
  };
}
