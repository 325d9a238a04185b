import type { DatabaseLocation } from '../database-kind.js';
import type { MysqlServerConfig } from './config.js';

/** `location` narrowed to the servers that this folder knows. */
export type MysqlLocation = DatabaseLocation & { server: MysqlServerConfig };
