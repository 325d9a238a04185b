import { differences } from '../compare.js';
import type { DatabaseRestorer, RestorerLocation, StepWatch } from '../database-kind.js';
import { requireOurs, restoreNames } from '../restore-names.js';
import { asRestorer } from '../server-fields.js';
import { checkRestore } from './check.js';
import type { PostgresqlLocation } from './client.js';
import { contentsOf, tablesOf } from './contents.js';
import { dataFolder } from './data-folder.js';
import { importDump } from './import.js';
import { dropDatabase } from './server-databases.js';
import { PostgresqlSwap } from './swap.js';

export function connectPostgresqlRestorer({ server, ...rest }: RestorerLocation, watch?: StepWatch): DatabaseRestorer {
  if (server.type !== 'postgresql') throw new TypeError(`not a PostgreSQL server: ${server.type}`);
  const login = asRestorer(server);
  const at = (database: string): PostgresqlLocation => ({ ...rest, server: login, database });
  return {
    names: restoreNames,
    check: (dump, live, options) => checkRestore(at(live), dump, options?.signal),
    inventory: (name, signal) => contentsOf(at(name), name, signal),
    tables: (name, signal) => tablesOf(at(name), name, signal),
    dataFolder: (live, signal) => dataFolder(at(live), signal),
    import: (dump, options) => importDump(at(options.into), dump, options),
    compare: async (name, details, signal) => differences(await contentsOf(at(name), name, signal), details),
    swap: (options) => new PostgresqlSwap(at(options.live), options, watch).swap(),
    undo: (options) => new PostgresqlSwap(at(options.live), options, watch).undo(),
    async drop(name) {
      requireOurs(name);
      await dropDatabase(at(name), name);
    },
  };
}
