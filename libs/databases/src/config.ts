// The servers of the projects' databases: one strict schema for each kind, chosen by `type`.
import { z } from 'zod';
import { mariadbServerSchema, mysqlServerSchema } from './mysql/config.js';
import { postgresqlServerSchema } from './postgresql/config.js';
import type { SecretSchema } from './secret.js';
import { sqliteServerSchema } from './sqlite/config.js';

/** Schema of one entry of `databases` in the configuration. */
export const databaseServerSchema = (secret: SecretSchema) =>
  z.discriminatedUnion('type', [
    mariadbServerSchema(secret),
    mysqlServerSchema(secret),
    postgresqlServerSchema(secret),
    sqliteServerSchema(),
  ]);

export type DatabaseServerConfig = z.infer<ReturnType<typeof databaseServerSchema>>;
export type DatabaseType = DatabaseServerConfig['type'];
