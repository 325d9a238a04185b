import { isRunningHere } from '../pid-file.js';
import { queryRows, type MysqlLocation } from './client.js';

/** The server's data folder, if the server runs on this machine and not only behind one of its addresses. */
export async function dataFolder(location: MysqlLocation, signal?: AbortSignal): Promise<string | undefined> {
  const [row] = await queryRows(location, 'SELECT @@datadir, @@pid_file;', signal, 'restore');
  const [folder = '', pidFile = ''] = row ?? [];
  return folder !== '' && (await isRunningHere(pidFile, folder)) ? folder : undefined;
}
