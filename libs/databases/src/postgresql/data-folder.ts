import { isRunningHere } from '../pid-file.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { MAINTENANCE } from './contents.js';

/** Only a superuser and members of pg_read_all_settings are told; null for everybody else. */
const FOLDER = `SELECT CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END;`;

/** Where the server keeps its data, if it runs on this machine and says so to this user. */
export async function dataFolder(location: PostgresqlLocation, signal?: AbortSignal): Promise<string | undefined> {
  const rows = await queryRows({ ...location, database: MAINTENANCE }, FOLDER, signal, 'restore');
  const folder = rows[0]?.[0] ?? '';
  return folder !== '' && (await isRunningHere('postmaster.pid', folder)) ? folder : undefined;
}
