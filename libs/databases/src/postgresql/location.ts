import type { DatabaseLocation } from '../database-kind.js';
import type { PostgresqlServerConfig } from './config.js';

/** `location` narrowed to the servers that this folder knows. */
export type PostgresqlLocation = DatabaseLocation & { server: PostgresqlServerConfig };
