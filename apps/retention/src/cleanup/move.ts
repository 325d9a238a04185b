import { checksumContent, checksumPath, isEnded, type KeptBackup, type RetentionAct } from '@havun/domain';
import type { Scene } from './scene.js';

type Move = Extract<RetentionAct, { kind: 'move' }>;

/**
 * Moves the copy in one storage to the archive, with its checksum, and records that. A move that an earlier clean-up has made and
 * could not record is adopted: every step may be repeated.
 * @returns whether it is moved now
 */
export async function moveToArchive(
  scene: Scene,
  { id }: KeptBackup,
  { storage, from, to, rule, reason }: Move & { readonly rule: string; readonly reason: string },
): Promise<boolean> {
  const state = await scene.load(id);
  const copy = isEnded(state) ? state.archived?.copies.get(storage) : undefined;
  if (!isEnded(state) || !state.archived || copy?.state !== 'verified' || copy.path !== from) return false;
  const { sha256, size } = state.archived.archive;
  await scene.parts.storages.at(storage, async (port, options) => {
    await port.move(from, to, { content: { sha256, size }, ...options });
    await port.putSmall(checksumPath(to), checksumContent(to, sha256), { partId: id, ...options });
    await port.remove(checksumPath(from), options);
  });
  await scene.record(id, { type: 'RecordMove', storage, from, to, rule, reason });
  return true;
}
