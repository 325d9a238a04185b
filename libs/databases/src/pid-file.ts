import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/**
 * Whether a server's own pid file is on this machine and names a process of it: a server in a container tells paths that
 * may exist here, too, and mean another disk.
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
