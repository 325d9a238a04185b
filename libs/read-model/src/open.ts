import { openMysql } from './database/mysql.js';
import type { Database } from './database/port.js';
import { openSqlite } from './database/sqlite.js';
import { isOutdated, readCheckpoint } from './projections/checkpoint.js';
import { Projector } from './projector.js';
import { auditLog } from './queries/audit-log.js';
import { backupQueries } from './queries/backups.js';
import { keptBackupQueries } from './queries/kept-backups.js';
import { restoreAndDrillQueries } from './queries/restores-and-drills.js';
import type { ReadModel, ReadModelConfig } from './read-model.js';
import { ahead, rebuild } from './rebuild.js';
import { migrate, refuseOtherSchema } from './schema/migrate.js';
import { liveTables } from './schema/tables.js';

/**
 * Opens the tables, and creates or upgrades them first unless `readOnly`.
 * @throws ReadModelError READ_MODEL_UNREACHABLE, READ_MODEL_ACCESS_DENIED, READ_MODEL_MISSING, READ_MODEL_NEWER,
 * READ_MODEL_OLDER, READ_MODEL_CORRUPT, READ_MODEL_FULL, READ_MODEL_BUSY
 */
export async function openReadModel(
  config: ReadModelConfig,
  { readOnly = false }: { readOnly?: boolean } = {},
): Promise<ReadModel> {
  const database = config.type === 'sqlite' ? openSqlite(config, readOnly) : openMysql(config, readOnly);
  try {
    await (readOnly ? refuseOtherSchema(database) : migrate(database));
    return readModelIn(database);
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
}

function readModelIn(database: Database): ReadModel {
  const live = new Projector(liveTables);
  const checkpoint = () => readCheckpoint(database.reader, liveTables);
  return {
    async project(events) {
      await database.exclusive((tx) => live.apply(tx, events));
    },
    checkpoint: async () => (await checkpoint()).position,
    async refuseAhead(head) {
      const { position } = await checkpoint();
      if (position > head) throw ahead(position, head);
    },
    needsRebuild: async () => isOutdated(await checkpoint()),
    rebuild: (readLog, options = {}) => rebuild(database, readLog, options),
    queries: {
      ...backupQueries(database.reader),
      ...keptBackupQueries(database.reader),
      ...restoreAndDrillQueries(database.reader),
      auditLog: (filter) => auditLog(database.reader, filter),
    },
    close: () => database.close(),
  };
}
