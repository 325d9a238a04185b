import { hostname, userInfo } from 'node:os';
import { environment } from '@havun/config';

/** Who is at this command, as this machine calls them: `root@web1`, or the person behind `sudo`. */
export function askedBy(): string {
  const sudo = environment()['SUDO_USER'] ?? '';
  return `${sudo === '' ? accountName() : sudo}@${hostname()}`;
}

/** A container may run as a number that has no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
