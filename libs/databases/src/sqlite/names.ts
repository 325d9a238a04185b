import type { RestoreNames } from '../database-kind.js';
import { requireToken } from '../restore-names.js';

/** Files beside the live one, so that a rename can replace it. */
export function fileNames(live: string, token: string): RestoreNames {
  requireToken(token);
  return { incoming: `${live}.havun-incoming-${token}`, kept: `${live}.havun-kept-${token}` };
}

export const isOurFile = (name: string): boolean => /[^/]\.havun-(?:incoming|kept)-[a-z0-9]{1,20}$/.test(name);
