import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  TableNode,
  type FromNode,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type RootOperationNode,
} from 'kysely';
import { aRestoreEvent } from '@havun/domain/testing';
import type { Database } from './database/port.js';
import { openSqlite } from './database/sqlite.js';
import { Projector } from './projector.js';
import type { LoggedEvent } from './read-model.js';
import { migrate } from './schema/migrate.js';
import { shadowTables } from './schema/tables.js';
import { drillStream, Log, restoreStream } from './testing/history.js';
import { aDrill, aRestore } from './testing/restores-and-drills.js';

/** Counts what is looked up in the audit log of a rebuild, which has no index: each look-up reads all of it. */
class LookUps implements KyselyPlugin {
  count = 0;

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    if (node.kind === 'SelectQueryNode' && node.from && tablesOf(node.from).includes(shadowTables.audit_log))
      this.count += 1;
    return node;
  }

  transformResult: KyselyPlugin['transformResult'] = ({ result }) => Promise.resolve(result);
}

const tablesOf = ({ froms }: FromNode): string[] =>
  froms.flatMap((from) => (TableNode.is(from) ? [from.table.identifier.name] : []));

describe('a projector that fills new tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'havun-projector-'));
  let database: Database;
  let lookUps: LookUps;
  let projector: Projector;

  const apply = (events: readonly LoggedEvent[]): Promise<number> =>
    database.exclusive((tx) => projector.apply(tx.withPlugin(lookUps), events));

  beforeAll(async () => {
    database = openSqlite({ type: 'sqlite', path: join(folder, 'read-model.sqlite') }, false);
    await migrate(database);
  });

  afterAll(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await database.exclusive((tx) => database.createShadow(tx));
    [lookUps, projector] = [new LookUps(), new Projector(shadowTables, 3)];
  });

  it('looks up no earlier event, however many restores and drills have ended before', async () => {
    const log = new Log();
    for (let i = 0; i < 20; i++) {
      log.appendAll(restoreStream(`restore-${i}`), aRestore(i, 'havunadmin', i % 2 ? 'failed' : 'undone'));
      log.appendAll(drillStream(`drill-${i}`), aDrill(i, 'havunadmin', i % 2 ? 'failed' : 'passed'));
    }
    for (const event of log.events) await apply([event]);
    expect(lookUps.count).toBe(0);
  });

  it('looks up those of a restore that had ended when another event of it comes', async () => {
    const log = new Log();
    log.appendAll(restoreStream('restore-1'), aRestore(1, 'havunadmin', 'failed'));
    log.append(restoreStream('restore-1'), aRestoreEvent('RestoreFailed'));
    for (const event of log.events) await apply([event]);
    expect(lookUps.count).toBe(1);
    const rows = await database.exclusive((tx) => tx.selectFrom(shadowTables.restore_logs).selectAll().execute());
    expect(rows).toHaveLength(1);
  });
});
