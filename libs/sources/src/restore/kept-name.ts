// The names that a restore leaves on disks: recognisable, dated, and distinct from the project's own.
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

const TOKEN = /^[A-Za-z0-9-]{1,40}$/;
const OURS = /^\.havun-restore-|\.before-restore-[A-Za-z0-9-]+(?:\.during-\d+)?$/;
const MAX_NAME_BYTES = 255;
const ROOM = '.during-9999'.length;

/** @throws TypeError for a token that can't be part of a file name. */
export function checkToken(token: string): void {
  if (!TOKEN.test(token)) throw new TypeError(`not a token for a restore: ${token}`);
}

export const stagingPath = (folder: string, token: string): string => join(folder, `.havun-restore-${token}`);

/** Beside the live path: `invoices.before-restore-20251122031000`. A name that would be too long is shortened. */
export function keptPath(live: string, token: string): string {
  const suffix = `.before-restore-${token}`;
  return join(dirname(live), `${fitting(basename(live), MAX_NAME_BYTES - ROOM - suffix.length)}${suffix}`);
}

/** The name for what something else made at the live path between two renames. */
export const duringPath = (kept: string, number: number): string => `${kept}.during-${number}`;

/** Whether a path is that of a staging folder. */
export const isStaging = (path: string): boolean => basename(path).startsWith('.havun-restore-');

/** Whether a name was made by a restore. */
export const isOurs = (name: string): boolean => OURS.test(name);

function fitting(name: string, room: number): string {
  if (Buffer.byteLength(name) <= room) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const start = Buffer.from(name)
    .subarray(0, room - hash.length - 1)
    .toString();
  return `${start.replace(/\ufffd+$/, '')}~${hash}`;
}
