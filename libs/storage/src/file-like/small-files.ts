import { randomUUID } from 'node:crypto';
import { nameTaken } from '../content.js';
import { requireFile } from './digest.js';
import { StorageError } from '../error.js';
import { partPath } from '../remote-path.js';
import type { Session } from './session.js';
import { parentOf, sizeMismatch } from './upload.js';

/** See `StoragePort.putSmall` for the contract. */
export async function putSmallFile(
  session: Session,
  path: string,
  content: string | Uint8Array,
  partId?: string,
): Promise<void> {
  const bytes = Buffer.from(content);
  // A file this small is not worth resuming: the part that a killed attempt with this id left is removed, and random ids never
  // collide.
  const part = partPath(path, partId ?? randomUUID());
  if (partId !== undefined) await session.removeFile(part);
  if (await holdsAlready(session, path, bytes)) return;
  await session.makeFolders(parentOf(path));
  try {
    await writeSmall(session, part, bytes);
    await session.renameNew(part, path);
  } catch (error) {
    await session.removeFile(part).catch(() => undefined); // the first error is the one to report
    const lostRace = error instanceof StorageError && error.code === 'NAME_TAKEN';
    if (lostRace && (await holdsAlready(session, path, bytes))) return;
    throw error;
  }
}

/** See `StoragePort.readSmall` for the contract. */
export async function readSmallFile(session: Session, path: string, limitBytes: number): Promise<Uint8Array> {
  await requireFile(session, path);
  const file = await session.open(path, 'read');
  try {
    const buffer = Buffer.alloc(limitBytes + 1);
    const bytes = await file.read(buffer, 0);
    if (bytes <= limitBytes) return buffer.subarray(0, bytes);
    const remedy = 'Look at that file: it is not the small text that belongs there.';
    throw new StorageError('TOO_LARGE', `${path} has more than ${limitBytes} bytes.`, remedy);
  } finally {
    await file.close();
  }
}

async function writeSmall(session: Session, part: string, bytes: Buffer): Promise<void> {
  const file = await session.open(part, 'new');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  const { size: written } = await requireFile(session, part);
  if (written !== bytes.length) throw sizeMismatch(part, written, bytes.length);
}

async function holdsAlready(session: Session, path: string, bytes: Buffer): Promise<boolean> {
  const found = await session.entry(path);
  if (found === undefined) return false;
  if (found.type !== 'file') throw nameTaken(path, `a ${found.type} has that name`);
  if (found.size !== bytes.length) throw nameTaken(path, `it has ${found.size} bytes, not ${bytes.length}`);
  const there = await readSmallFile(session, path, bytes.length);
  if (bytes.equals(there)) return true;
  throw nameTaken(path, 'the bytes differ');
}
