import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HavunConfig } from '@havun/config';
import { checksumContent, checksumPath, otherPlace, type Failure, type Ids, type LoggedCopy } from '@havun/domain';
import { localStorageName, requireContent, StorageError, type StoragePort, type Storages } from '@havun/storage';
import type { CopyLog } from './copy-log.js';
import type { ReadBack } from './read-back.js';

/** Where the replacement of a copy is `ready` in the same storage, and which storage it is `from`. */
interface Source {
  readonly from: string;
  readonly ready: string;
}

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
  /** Told of a copy that was called good, and is not. */
  readonly onBadSibling: (storage: string, copy: LoggedCopy, defect: 'missing' | 'damaged') => void;
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
    const { signal, failure } = this.deps;
    try {
      if (!(await this.isAsked(storage, copy)) || (await this.isWholeAfterAll(storage, copy))) return undefined;
      const source = (await this.fromOtherPlace(storage, copy)) ?? (await this.fromSibling(storage, copy));
      if ('code' in source) return source;
      if (await this.isAsked(storage, copy)) await this.replace(storage, copy, source);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StorageError)) throw error;
      return failure(error);
    }
  }

  private async isAsked({ name }: StoragePort, { backupId, path }: LoggedCopy): Promise<boolean> {
    return (await this.deps.log.now(backupId, name, path))?.state === 'failed';
  }

  private async replace(storage: StoragePort, copy: LoggedCopy, { from, ready }: Source): Promise<void> {
    const { log, readBack } = this.deps;
    const { backupId, path, size, sha256 } = copy;
    await this.putInPlace(storage, copy, ready);
    await readBack.whole(storage, copy, path);
    await this.writeChecksum(storage, copy);
    await log.record(backupId, { type: 'RecordRepair', storage: storage.name, path, from, size, sha256 });
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

  /** The archive may lie whole at its other place in this storage: at the hot one for an archived copy. */
  private async fromOtherPlace(storage: StoragePort, copy: LoggedCopy): Promise<Source | undefined> {
    const other = otherPlace(copy.path);
    if (other === undefined || !(await this.lies(storage, copy, other))) return undefined;
    return { from: storage.name, ready: other };
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

  /** Has the replacement ready: the one of a repair that was killed, or one from the first copy elsewhere that is whole. */
  private async fromSibling(storage: StoragePort, copy: LoggedCopy): Promise<Source | Failure> {
    const { log, storages, signal, failure } = this.deps;
    const ready = replacementPath(copy.path);
    const good = (await log.good(copy.backupId)).filter(([name]) => name !== storage.name);
    const nearestFirst = good.sort(([a], [b]) => Number(b === localStorageName) - Number(a === localStorageName));
    if (await this.lies(storage, copy, ready)) return { from: nearestFirst[0]?.[0] ?? storage.name, ready };
    let reason = noGoodCopy(copy);
    for (const [from, path] of nearestFirst) {
      try {
        const trouble = await this.carryIfWhole(storages.named(from), { ...copy, path }, storage, ready);
        if (!trouble) return { from, ready };
        reason = trouble;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof StorageError) || error.code === 'NO_SPACE') throw error;
        reason = failure(error);
      }
    }
    return reason;
  }

  /** Reads the good copy back before it is carried. @returns why it was not */
  private async carryIfWhole(
    from: StoragePort,
    sibling: LoggedCopy,
    to: StoragePort,
    ready: string,
  ): Promise<Failure | undefined> {
    const outcome = await this.deps.readBack.read(from, sibling);
    if (outcome.kind === 'unreadable') return outcome.failure;
    if (outcome.kind === 'bad') this.deps.onBadSibling(from.name, sibling, outcome.defect);
    if (outcome.kind !== 'whole') return noGoodCopy(sibling);
    await this.carry(from, sibling, to, ready);
    return undefined;
  }

  private async carry(from: StoragePort, copy: LoggedCopy, to: StoragePort, ready: string): Promise<void> {
    const { config, readBack, scratch, signal } = this.deps;
    const { path, size, sha256, backupId } = copy;
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
      // What an earlier repair has left there is not whole; it was ours, and never a backup.
      await to.remove(ready, { signal });
      await to.upload(file, ready, {
        size,
        sha256,
        partId: `repair-${backupId}`,
        signal,
        onProgress: ({ bytes }) => {
          readBack.report(copy, 'upload', to.name, bytes);
        },
      });
      await readBack.whole(to, copy, ready);
    } finally {
      if (!isLocal) await rm(file, { force: true });
    }
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
