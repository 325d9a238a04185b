import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Tree = Record<string, string | { linkTo: string }>;

/** A folder in which each key is a file with that content, a folder (`name/`), or a link (`{ linkTo: target }`). */
export async function projectTree(tree: Tree, below = tmpdir()): Promise<string> {
  const root = await mkdtemp(join(below, 'havun-tree-'));
  for (const [name, content] of Object.entries(tree)) {
    const path = join(root, name);
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('/')) continue;
    await (typeof content === 'string' ? writeFile(path, content) : symlink(content.linkTo, path));
  }
  return root;
}
