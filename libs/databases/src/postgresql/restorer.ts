import { differences, propertyDifferences } from '../compare.js';
import type { DatabaseDetails } from '../database-details.js';
import type { DatabaseRestorer, RestorerLocation, StepWatch } from '../database-kind.js';
import { definitionDifferences } from '../recorded-definitions.js';
import { requireOurs, restoreNames } from '../restore-names.js';
import { asRestorer } from '../server-fields.js';
import { checkRestore } from './check.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { contentsOf, MAINTENANCE, tablesOf } from './contents.js';
import { dataFolder } from './data-folder.js';
import { importDump } from './import.js';
import { planProperties } from './properties.js';
import { comparable, readProperties } from './read-properties.js';
import { postgresqlDefinitions } from './recorded.js';
import { dropDatabase } from './server-databases.js';
import { PostgresqlSwap } from './swap.js';

async function otherDefinitions(location: PostgresqlLocation, details: DatabaseDetails, signal?: AbortSignal) {
  const [[version = ''] = []] = await queryRows(location, 'SHOW server_version;', signal, 'restore');
  const isOther = parseInt(version, 10) !== parseInt(details.server_version, 10);
  const found = await postgresqlDefinitions(location, { during: 'restore', signal });
  return definitionDifferences(found, details.definitions, isOther);
}

export function connectPostgresqlRestorer({ server, ...rest }: RestorerLocation, watch?: StepWatch): DatabaseRestorer {
  if (server.type !== 'postgresql') throw new TypeError(`not a PostgreSQL server: ${server.type}`);
  const login = asRestorer(server);
  const at = (database: string): PostgresqlLocation => ({ ...rest, server: login, database });
  return {
    names: restoreNames,
    check: (dump, live, options) => checkRestore(at(live), dump, options),
    inventory: (name, signal) => contentsOf(at(name), name, signal),
    tables: (name, signal) => tablesOf(at(name), name, signal),
    dataFolder: (live, signal) => dataFolder(at(live), signal),
    import: (dump, options) => importDump(at(options.into), dump, options),
    deviations: async (dump, options) => (await planProperties(at(MAINTENANCE), dump, options)).deviations,
    async compare(name, details, options) {
      const signal = options?.signal;
      const contents = await contentsOf(at(name), name, signal);
      const found = await readProperties(at(MAINTENANCE), name, signal);
      const { made } = await planProperties(at(name), details, options);
      // The dump has already given things to these roles.
      const wanted = made && { ...comparable(made), owners: undefined, roles: undefined };
      return [
        ...differences(contents, details),
        ...propertyDifferences(found && comparable(found), wanted),
        ...(contents ? await otherDefinitions(at(name), details, signal) : []),
      ];
    },
    swap: (options) => new PostgresqlSwap(at(options.live), options, watch).swap(),
    undo: (options) => new PostgresqlSwap(at(options.live), options, watch).undo(),
    async drop(name) {
      requireOurs(name);
      await dropDatabase(at(name), name);
    },
  };
}
