import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The commit that is checked out at `root`, read from git's own files (gitrepository-layout(5)) without running git.
 * Undefined where there is no repository or no commit yet.
 */
export async function readGitCommit(root: string): Promise<string | undefined> {
  const gitDir = await gitFolder(root);
  const head = (await text(join(gitDir, 'HEAD')))?.trim();
  if (head === undefined) return undefined;
  const ref = /^ref: (refs\/.+)$/.exec(head)?.[1];
  if (ref === undefined) return hash(head);
  if (ref.split('/').includes('..')) return undefined;
  const common = await commonFolder(gitDir);
  return hash(await text(join(gitDir, ref))) ?? hash(await text(join(common, ref))) ?? (await packed(common, ref));
}

/** `.git`, or where it leads as the file that worktrees and submodules have. */
export async function gitFolder(root: string): Promise<string> {
  const link = /^gitdir: (.+)$/m.exec((await text(join(root, '.git'))) ?? '')?.[1];
  return link === undefined ? join(root, '.git') : resolve(root, link.trim());
}

/** A worktree's branches live in its main repository. */
async function commonFolder(gitDir: string): Promise<string> {
  const common = await text(join(gitDir, 'commondir'));
  return common === undefined ? gitDir : resolve(gitDir, common.trim());
}

async function packed(gitDir: string, ref: string): Promise<string | undefined> {
  const lines = (await text(join(gitDir, 'packed-refs')))?.split('\n') ?? [];
  return hash(lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0]);
}

const hash = (content: string | undefined): string | undefined =>
  /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.exec(content?.trim() ?? '')?.[0];
const text = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
