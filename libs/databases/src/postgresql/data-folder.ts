import { isRunningHere } from '../pid-file.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { MAINTENANCE } from './contents.js';

/** Only superusers and members of pg_read_all_settings can read it; null for everybody else. */
const FOLDER = `SELECT CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END;`;

/** The server's data folder, if the server runs on this machine and tells this user. */
export async function dataFolder(location: PostgresqlLocation, signal?: AbortSignal): Promise<string | undefined> {
  const rows = await queryRows({ ...location, database: MAINTENANCE }, FOLDER, signal, 'restore');
  const folder = rows[0]?.[0] ?? '';
  return folder !== '' && (await isRunningHere('postmaster.pid', folder)) ? folder : undefined;
}
