import { join, resolve } from 'node:path';
import { readFixedFile } from '../files/fixed-file.js';

/**
 * The commit that is checked out at `root`, read from git's own files (gitrepository-layout(5)) without running git.
 * Undefined where there is no repository or no commit yet.
 */
export async function readGitCommit(root: string, signal?: AbortSignal): Promise<string | undefined> {
  const text = (folder: string, name: string) => textOf(folder, name, signal);
  const gitDir = await gitFolder(root, signal);
  const head = (await text(gitDir, 'HEAD'))?.trim();
  if (head === undefined) return undefined;
  const ref = /^ref: (refs\/.+)$/.exec(head)?.[1];
  if (ref === undefined) return hash(head);
  if (ref.split('/').includes('..')) return undefined;
  // A worktree's branches live in its main repository.
  const common = resolve(gitDir, (await text(gitDir, 'commondir'))?.trim() ?? '');
  return (
    hash(await text(gitDir, ref)) ?? hash(await text(common, ref)) ?? packed(await text(common, 'packed-refs'), ref)
  );
}

/** `.git`, or the folder that it names where it is the file of a worktree or submodule. */
export async function gitFolder(root: string, signal?: AbortSignal): Promise<string> {
  const link = /^gitdir: (.+)$/m.exec((await textOf(root, '.git', signal)) ?? '')?.[1];
  return link === undefined ? join(root, '.git') : resolve(root, link.trim());
}

function packed(refs: string | undefined, ref: string): string | undefined {
  const line = refs?.split('\n').find((candidate) => candidate.endsWith(` ${ref}`));
  return hash(line?.split(' ')[0]);
}

const hash = (content: string | undefined): string | undefined =>
  /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.exec(content?.trim() ?? '')?.[0];

async function textOf(folder: string, name: string, signal?: AbortSignal): Promise<string | undefined> {
  const found = await readFixedFile(folder, name, signal);
  return 'text' in found ? found.text : undefined;
}
