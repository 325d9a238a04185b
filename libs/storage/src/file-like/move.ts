import { contentDifference, nameTaken } from '../content.js';
import type { MoveOptions } from '../port.js';
import { digestOf, holdsContent, requireFile } from './digest.js';
import type { Session } from './session.js';
import { parentOf } from './upload.js';

/** See `StoragePort.move` for the contract. */
export async function moveFile(session: Session, from: string, to: string, options: MoveOptions): Promise<void> {
  const { content, signal } = options;
  if (content !== undefined && (await holdsContent(session, to, { ...content, signal }))) {
    await removeMoved(session, from, options);
    return;
  }
  await requireFile(session, from);
  await session.makeFolders(parentOf(to));
  await session.renameNew(from, to);
}

/** Completes a move that only lacks its last step. Other content under the old name is not ours to remove. */
async function removeMoved(session: Session, from: string, { content, signal }: MoveOptions): Promise<void> {
  if (content === undefined || (await session.entry(from)) === undefined) return;
  const difference = contentDifference(await digestOf(session, from, { signal }), content);
  if (difference !== undefined) throw nameTaken(from, difference);
  await session.removeFile(from);
}
