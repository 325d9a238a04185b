// What a database is as a whole, beside its content. Each kind records its own.
import { z } from 'zod';
import { mysqlPropertiesSchema } from './mysql/properties-schema.js';
import { postgresqlPropertiesSchema } from './postgresql/properties-schema.js';
import { sqlitePropertiesSchema } from './sqlite/properties-schema.js';

/** Of one kind: which one shows in its keys. Values are as the server gave them, and are checked against the server's own lists. */
export const databasePropertiesSchema = z.union([
  mysqlPropertiesSchema,
  postgresqlPropertiesSchema,
  sqlitePropertiesSchema,
]);
export type DatabaseProperties = z.output<typeof databasePropertiesSchema>;

/** What a new database gets of its recorded properties. */
export interface PropertiesPlan<Properties> {
  /** Absent where neither the backup nor a live database says anything. */
  made?: Properties;
  /** What this server can't give it, and what it gets instead: one sentence each, without names of values that may be secret. */
  deviations: string[];
}
