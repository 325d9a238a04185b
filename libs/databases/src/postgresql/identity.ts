import { queryRows, type PostgresqlLocation } from './client.js';

/** Made by initdb, and equal on every replica (PostgreSQL manual, «Control Data Functions»). */
const IDENTITY = `SELECT 'system', system_identifier FROM pg_catalog.pg_control_system();`;

export async function postgresqlIdentity(location: PostgresqlLocation, signal?: AbortSignal): Promise<string[]> {
  return (await queryRows(location, IDENTITY, signal)).map((row) => JSON.stringify(row));
}
