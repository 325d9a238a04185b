import { createHash } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { readFile } from './digest.js';
import { onFile } from '../file-errors.js';
import type { Digest, TransferOptions } from '../port.js';
import type { Session } from './session.js';

/** See `StoragePort.download` for the contract. */
export async function downloadFile(
  session: Session,
  remotePath: string,
  localPath: string,
  options: TransferOptions,
): Promise<Digest> {
  const target = await onFile('create', localPath, () => open(localPath, 'wx', 0o600));
  try {
    const digest = await receive(session, remotePath, { target, localPath }, options);
    await onFile('close', localPath, () => target.close());
    return digest;
  } catch (error) {
    await target.close().catch(() => undefined); // the first error is the one to report
    await unlink(localPath).catch(() => undefined);
    throw error;
  }
}

async function receive(
  session: Session,
  remotePath: string,
  { target, localPath }: { target: FileHandle; localPath: string },
  options: TransferOptions,
): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const block of readFile(session, remotePath, options)) {
    hash.update(block);
    await onFile('write', localPath, () => target.writeFile(block));
    size += block.length;
  }
  await onFile('write', localPath, () => target.sync());
  return { sha256: hash.digest('hex'), size };
}
