import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HavunConfig } from '@havun/config';
import { checksumContent, checksumPath, otherPlace, type Failure, type Ids, type LoggedCopy } from '@havun/domain';
import { localStorageName, requireContent, StorageError, type StoragePort, type Storages } from '@havun/storage';
import type { CopyLog } from './copy-log.js';
import type { ReadBack } from './read-back.js';

export interface RepairDeps {
  readonly config: HavunConfig;
  readonly storages: Storages;
  readonly ids: Ids;
  readonly signal: AbortSignal;
  /** A private folder on this machine. */
  readonly scratch: string;
  readonly log: CopyLog;
  readonly readBack: ReadBack;
  readonly failure: (error: unknown) => Failure;
}

/**
 * Makes bad copies again from good ones. The replacement is complete and read back under a name that nobody takes for a backup
 * before what lies at the copy's place is touched, and even then that is put aside, never deleted. Killed anywhere, the next
 * repair goes on from what lies there.
 */
export class Repair {
  constructor(private readonly deps: RepairDeps) {}

  /** @returns undefined where the copy is good now, or no longer asked for; else why not */
  async run(storage: StoragePort, copy: LoggedCopy): Promise<Failure | undefined> {
    const { log, readBack, signal, failure } = this.deps;
    const { backupId, path, size, sha256 } = copy;
    try {
      if ((await log.now(backupId, storage.name, path))?.state !== 'failed') return undefined;
      if (await this.isWholeAfterAll(storage, copy)) return undefined;
      const from = (await this.fromOtherPlace(storage, copy)) ?? (await this.fromSibling(storage, copy));
      if (from === undefined) return noGoodCopy(copy);
      const ready = from === storage.name ? (otherPlace(copy) ?? path) : replacementPath(path);
      if ((await log.now(backupId, storage.name, path))?.state !== 'failed') return undefined;
      await this.putInPlace(storage, copy, ready);
      await readBack.whole(storage, copy, path);
      await this.writeChecksum(storage, copy);
      await log.record(backupId, { type: 'RecordRepair', storage: storage.name, path, from, size, sha256 });
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return failure(error);
    }
  }

  /** Writes the checksum beside an archive, as the log has it. What else lies under its name is put aside. */
  async writeChecksum(storage: StoragePort, { path, sha256, backupId }: LoggedCopy): Promise<void> {
    const { signal } = this.deps;
    const [place, content] = [checksumPath(path), checksumContent(path, sha256)];
    const write = (): Promise<void> => storage.putSmall(place, content, { signal, partId: `repair-${backupId}` });
    try {
      await write();
    } catch (error) {
      if (!hasCode(error, 'NAME_TAKEN')) throw error;
      await storage.move(place, this.asidePath(place), { signal });
      await write();
    }
  }

  /** A repair that was killed after its last step, or a storage that has recovered. */
  private async isWholeAfterAll(storage: StoragePort, copy: LoggedCopy): Promise<boolean> {
    const found = await storage.stat(copy.path, { signal: this.deps.signal });
    if (found?.size !== copy.size) return false;
    const { kind } = await this.deps.readBack.read(storage, copy);
    if (kind === 'whole') await this.writeChecksum(storage, copy);
    return kind === 'whole';
  }

  /** Whether the archive lies whole at its other place in this storage: hot for an archived copy, or the other way round. */
  private async fromOtherPlace(storage: StoragePort, copy: LoggedCopy): Promise<string | undefined> {
    const other = otherPlace(copy);
    if (other === undefined || !(await this.lies(storage, copy, other))) return undefined;
    return storage.name;
  }

  /** Whether these very bytes lie there. */
  private async lies(storage: StoragePort, copy: LoggedCopy, path: string): Promise<boolean> {
    const { readBack, signal } = this.deps;
    if ((await storage.stat(path, { signal }))?.size !== copy.size) return false;
    try {
      await readBack.whole(storage, copy, path);
      return true;
    } catch (error) {
      if (hasCode(error, 'CHECKSUM_MISMATCH', 'NOT_FOUND')) return false;
      throw error;
    }
  }

  /** Brings the replacement from the first good copy elsewhere. @returns where that was */
  private async fromSibling(storage: StoragePort, copy: LoggedCopy): Promise<string | undefined> {
    const { log, readBack, storages, signal } = this.deps;
    const good = (await log.good(copy.backupId)).filter(([name]) => name !== storage.name);
    const nearestFirst = good.sort(([a], [b]) => Number(b === localStorageName) - Number(a === localStorageName));
    let trouble: unknown;
    for (const [name, path] of nearestFirst) {
      try {
        const sibling = storages.named(name);
        if (await this.lies(storage, copy, replacementPath(copy.path))) return name;
        const outcome = await readBack.read(sibling, { ...copy, path });
        if (outcome.kind === 'unreadable') trouble = outcome.failure;
        if (outcome.kind !== 'whole') continue;
        await this.carry(sibling, path, storage, copy);
        return name;
      } catch (error) {
        signal.throwIfAborted();
        if (hasCode(error, 'NO_SPACE')) throw error;
        trouble = error;
      }
    }
    if (trouble !== undefined) throw trouble as Error;
    return undefined;
  }

  private async carry(from: StoragePort, path: string, to: StoragePort, copy: LoggedCopy): Promise<void> {
    const { config, readBack, scratch, signal } = this.deps;
    const { size, sha256, backupId } = copy;
    const isLocal = from.name === localStorageName;
    const file = isLocal ? join(config.storage.local.path, path) : join(scratch, `repair-${backupId}.zip`);
    try {
      if (!isLocal) {
        await mkdir(scratch, { recursive: true, mode: 0o700 });
        await rm(file, { force: true });
        const fetched = await from.download(path, file, {
          signal,
          onProgress: ({ bytes }) => {
            readBack.report(copy, 'fetch', from.name, bytes);
          },
        });
        requireContent({ storage: from.name, path }, fetched, copy);
      }
      const replacement = replacementPath(copy.path);
      await this.clearReplacement(to, copy);
      await to.upload(file, replacement, {
        size,
        sha256,
        partId: `repair-${backupId}`,
        signal,
        onProgress: ({ bytes }) => {
          readBack.report(copy, 'upload', to.name, bytes);
        },
      });
      await readBack.whole(to, copy, replacement);
    } finally {
      if (!isLocal) await rm(file, { force: true });
    }
  }

  /** What an earlier repair has left there, and is not whole: ours, and never a backup. */
  private async clearReplacement(to: StoragePort, copy: LoggedCopy): Promise<void> {
    await to.remove(replacementPath(copy.path), { signal: this.deps.signal });
  }

  /** Puts aside what lies at the copy's place, and gives the place to what is `ready`. What can't be done is taken back. */
  private async putInPlace(storage: StoragePort, { path, size, sha256 }: LoggedCopy, ready: string): Promise<void> {
    const { signal } = this.deps;
    const isTaken = (await storage.stat(path, { signal })) !== undefined;
    const aside = this.asidePath(path);
    if (isTaken) await storage.move(path, aside, { signal });
    try {
      await storage.move(ready, path, { signal, content: { size, sha256 } });
    } catch (error) {
      // Where this fails too, the bad file lies aside: it is listed as unknown, and the copy as missing.
      if (isTaken) await storage.move(aside, path).catch(() => undefined);
      throw error;
    }
  }

  private asidePath(path: string): string {
    return `${path}.damaged-${this.deps.ids.uuid().slice(0, 8)}`;
  }
}

/** Ends in `.part`, so that nobody takes it for a backup. */
const replacementPath = (path: string): string => `${path}.repair.part`;

const hasCode = (error: unknown, ...codes: StorageError['code'][]): boolean =>
  error instanceof StorageError && codes.includes(error.code);

const noGoodCopy = ({ name }: LoggedCopy): Failure => ({
  code: 'NO_GOOD_COPY',
  message: `${name} has no other copy that is whole`,
  remedy:
    'Nothing was changed. Look for it on older disks or machines; a damaged archive may still give some of its files: see docs/how-to/recover-without-havun.md.',
});
