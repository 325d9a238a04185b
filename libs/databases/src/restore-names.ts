import { createHash } from 'node:crypto';
import { DatabaseError } from './errors.js';
import type { RestoreNames } from './database-kind.js';

/** The names of all that restores make begin like this; grants for the user that restores are written for it. */
export const PREFIXES = { incoming: 'havun_incoming_', kept: 'havun_kept_' } as const;

/** The shortest limit of all kinds: 63 bytes in PostgreSQL, 64 characters in MySQL and MariaDB. */
const LONGEST = 63;
const OURS = /^havun_(?:incoming|kept)_[a-z0-9]{1,20}_[a-z0-9_]+$/;

/** Names of ASCII letters that need no quoting anywhere and are the same on servers that fold case. */
export function restoreNames(live: string, token: string): RestoreNames {
  requireToken(token);
  const name = (prefix: string) => prefix + token + '_' + short(live, LONGEST - prefix.length - token.length - 1);
  return { incoming: name(PREFIXES.incoming), kept: name(PREFIXES.kept) };
}

export function requireToken(token: string): void {
  if (!/^[a-z0-9]{1,20}$/.test(token)) throw new TypeError(`a restore's token is 1 to 20 of a-z and 0-9, not ${token}`);
}

/** A name that had to be changed ends with a digest of what it was, so that two of them stay two. */
function short(live: string, limit: number): string {
  const plain = live.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  if (plain === live && plain.length <= limit) return plain;
  const digest = createHash('sha256').update(live).digest('hex').slice(0, 8);
  return `${plain.slice(0, limit - 9)}_${digest}`;
}

export const isOurs = (name: string): boolean => name.length <= LONGEST && OURS.test(name);

/** @throws DatabaseError NAME_NOT_OURS */
export function requireOurs(name: string, ours = isOurs(name)): void {
  if (ours) return;
  throw new DatabaseError({
    code: 'NAME_NOT_OURS',
    message: `database ${name}: its name is not one that a restore gives, so it is not dropped`,
    remedy: 'Drop it by hand if you no longer need it.',
    retryable: false,
    path: name,
  });
}

export const databaseExists = (name: string): DatabaseError =>
  new DatabaseError({
    code: 'DATABASE_EXISTS',
    message: `database ${name}: it exists, and an import makes a new one`,
    remedy: `Drop the database '${name}' if it is not needed, or restore under another name.`,
    retryable: false,
    path: name,
  });
