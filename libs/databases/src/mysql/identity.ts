import { queryRows, type MysqlLocation } from './client.js';

/** The last two exist in a cluster, where all servers share what one of them takes in. */
const IDENTITY = `
SELECT 'instance', @@hostname, @@port, @@datadir;
SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'group_replication_group_name');
SHOW GLOBAL STATUS WHERE Variable_name = 'wsrep_cluster_state_uuid';
`;

export async function mysqlIdentity(location: MysqlLocation, signal?: AbortSignal): Promise<string[]> {
  const rows = await queryRows(location, IDENTITY, signal);
  return rows.filter((row) => row[1] !== '').map((row) => JSON.stringify(row));
}
