import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/**
 * Whether a server's own pid file is on this machine and names one of its processes. A server in a container reports paths that
 * may also exist here, but on another disk.
 */
export async function isRunningHere(pidFile: string, folder: string): Promise<boolean> {
  const text = await readFile(resolve(folder, pidFile), 'utf8').catch(() => '');
  const pid = /^\d+/.exec(text)?.[0];
  if (pid === undefined) return false;
  return stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}
