import type { Stats } from 'node:fs';
import { ConfigError } from './problem.js';

/**
 * Whoever may write a configuration has its hooks and programs run as us: only root and this user may.
 * @throws ConfigError CONFIG_UNTRUSTED
 */
export function refuseUntrusted(path: string, { uid, mode }: Pick<Stats, 'uid' | 'mode'>, ourUid: number): void {
  const shownMode = (mode & 0o7777).toString(8).padStart(4, '0');
  if (uid !== 0 && uid !== ourUid)
    throw new ConfigError(
      'CONFIG_UNTRUSTED',
      `${path} belongs to user ${uid} (mode ${shownMode}), and this is user ${ourUid}: its hooks and programs would run as this user`,
      `If it is yours to use: chown ${ourUid} ${path} after reading it, or run havun as user ${uid}. Else say which file you mean with --config.`,
    );
  if ((mode & 0o022) !== 0)
    throw new ConfigError(
      'CONFIG_UNTRUSTED',
      `${path} may be written by others than its owner (mode ${shownMode}): its hooks and programs would run as this user`,
      `Look whether it is as you left it, then: chmod go-w ${path}`,
    );
}
