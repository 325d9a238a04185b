import { hostname, userInfo } from 'node:os';
import { environment } from '@havun/config';

/** Who runs this command, as this machine names them: `root@web1`, or the person behind `sudo`. */
export function askedBy(): string {
  const sudo = environment()['SUDO_USER'] ?? '';
  return `${sudo === '' ? accountName() : sudo}@${hostname()}`;
}

/** In a container, the user may be a number without a name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
