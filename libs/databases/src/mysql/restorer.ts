import { differences, propertyDifferences } from '../compare.js';
import type { DatabaseRestorer, RestorerLocation, StepWatch } from '../database-kind.js';
import { requireOurs, restoreNames } from '../restore-names.js';
import { asRestorer } from '../server-fields.js';
import { checkRestore } from './check.js';
import type { MysqlLocation } from './client.js';
import { contentsOf, listObjects } from './contents.js';
import { dataFolder } from './data-folder.js';
import { dropDatabase, importDump } from './import.js';
import { comparable, planProperties, propertiesOf } from './properties.js';
import { swap, SwapSteps } from './swap.js';
import { undo } from './undo.js';

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
      const whole = await listObjects(at(name), name, options?.signal);
      const { made } = await planProperties(at(name), details, options);
      return [
        ...differences(await contentsOf(at(name), name, options?.signal), details),
        ...propertyDifferences(whole && comparable(propertiesOf(whole)), made && comparable(made)),
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
