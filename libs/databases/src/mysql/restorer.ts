import { differences, propertyDifferences } from '../compare.js';
import type { DatabaseDetails } from '../database-details.js';
import type { DatabaseRestorer, RestorerLocation, StepWatch } from '../database-kind.js';
import { definitionDifferences } from '../recorded-definitions.js';
import { requireOurs, restoreNames } from '../restore-names.js';
import { asRestorer } from '../server-fields.js';
import { checkRestore, releaseOf } from './check.js';
import { queryRows, type MysqlLocation } from './client.js';
import { contentsOf, listObjects } from './contents.js';
import { dataFolder } from './data-folder.js';
import { dropDatabase, importDump } from './import.js';
import { comparable, planProperties, propertiesOf } from './properties.js';
import { mysqlDefinitions } from './recorded.js';
import { swap, SwapSteps } from './swap.js';
import { undo } from './undo.js';

async function otherDefinitions(location: MysqlLocation, details: DatabaseDetails, signal?: AbortSignal) {
  const [[version = ''] = []] = await queryRows(location, 'SELECT VERSION();', signal, 'restore');
  const [from, to] = [releaseOf(details.server_version), releaseOf(version)];
  const isOther = from.product !== to.product || String(from.series) !== String(to.series);
  const options = { also: details.name, during: 'restore', signal } as const;
  return definitionDifferences(
    await mysqlDefinitions(location, location.database, options),
    details.definitions,
    isOther,
  );
}

export function connectMysqlRestorer({ server, ...rest }: RestorerLocation, watch?: StepWatch): DatabaseRestorer {
  if (server.type !== 'mariadb' && server.type !== 'mysql') throw new TypeError(`not a MySQL server: ${server.type}`);
  const login = asRestorer(server);
  const at = (database: string): MysqlLocation => ({ ...rest, server: login, database });
  return {
    names: restoreNames,
    check: (dump, live, options) => checkRestore(at(live), dump, options?.signal),
    inventory: (name, signal) => contentsOf(at(name), name, signal),
    tables: async (name, signal) => (await listObjects(at(name), name, signal))?.tables,
    dataFolder: (live, signal) => dataFolder(at(live), signal),
    import: (dump, options) => importDump(at(options.into), dump, options),
    deviations: async (dump, options) => (await planProperties(at(''), dump, options)).deviations,
    async compare(name, details, options) {
      const signal = options?.signal;
      const whole = await listObjects(at(name), name, signal);
      const { made } = await planProperties(at(name), details, options);
      const found = await contentsOf(at(name), name, signal);
      return [
        ...differences(found, details),
        ...propertyDifferences(whole && comparable(propertiesOf(whole)), made && comparable(made)),
        ...(found ? await otherDefinitions(at(name), details, signal) : []),
      ];
    },
    swap: (options) => swap(new SwapSteps(at(options.live), options, watch)),
    undo: (options) => undo(new SwapSteps(at(options.live), options, watch)),
    async drop(name) {
      requireOurs(name);
      await dropDatabase(at(name));
    },
  };
}
