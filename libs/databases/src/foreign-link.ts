import { lstat, readlink } from 'node:fs/promises';
import { posix } from 'node:path';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * Whether every link on the way from `root` to `real`, which lies at `path` in it, was made by root, by this user, or by the owner
 * of what it leads to: anybody else could have a backup read what they may not read themselves. `root` and `real` are real paths.
 */
export async function mayLeadOut(root: string, path: string, real: string): Promise<boolean> {
  if (real === root || real.startsWith(`${root}/`)) return true;
  const trusted = [0, process.geteuid?.(), (await lstat(real)).uid];
  let at = root;
  const names = path.split('/');
  for (let links = 0; names.length > 0;) {
    const next = posix.resolve(at, names.shift() ?? '');
    const stats = await lstat(next);
    if (!stats.isSymbolicLink()) at = next;
    else if (!trusted.includes(stats.uid) || (links += 1) > MAX_LINKS) return false;
    else {
      const target = await readlink(next);
      if (target.startsWith('/')) at = '/';
      names.unshift(...target.split('/').filter((name) => name !== ''));
    }
  }
  return at === real;
}
