import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from './site.js';

/** Everything under a folder, by its path: kind, mode, and what is in it or where it leads. */
export async function treeOf(folder: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    const place = join(folder, path);
    const stats = await lstat(place);
    if (stats.isSymbolicLink()) tree[path] = `-> ${await readlink(place)}`;
    else {
      const mode = (stats.mode & 0o7777).toString(8);
      tree[path] = stats.isDirectory() ? `folder ${mode}` : `file ${mode} ${sha256(await readFile(place))}`;
    }
  }
  return tree;
}
