import {
  checksumPath,
  isEnded,
  refuseDeletion,
  type BackupState,
  type Copy,
  type EndedBackup,
  type Failure,
  type KeptBackup,
  type Tier,
} from '@havun/domain';
import { requireContent, StorageError } from '@havun/storage';
import { StepRefused } from '@havun/use-cases';
import { StorageFailed } from './reached-storages.js';
import type { Scene } from './scene.js';

export interface UnwantedCopy {
  readonly storage: string;
  readonly path: string;
  readonly tier: Tier;
  readonly rule: string;
  readonly reason: string;
  /** The backup goes on in this storage: its copy there is read back first. */
  readonly keeps?: string;
}

interface Keeps {
  readonly storage: string;
  readonly verifiedSince: string;
}

/** What says that the copy itself is not good; a storage that refuses or is full says nothing of it. */
const saysDamaged: readonly string[] = ['NOT_FOUND', 'CHECKSUM_MISMATCH'];

/**
 * Deletes one copy in two steps: it is taken out of use on record, then it is looked once more whether anything forbids it, and
 * only then the file goes. A deletion that was begun by an earlier clean-up is gone on with, or taken back, in the same way.
 */
export class CopyDeletion {
  constructor(
    private readonly scene: Scene,
    private readonly backup: KeptBackup,
    private readonly unwanted: UnwantedCopy,
  ) {}

  /** @returns the backup after it; undefined where the log knows no such copy any more. @throws StepRefused, StorageFailed */
  async run(): Promise<EndedBackup | undefined> {
    const { storage, keeps: keptIn } = this.unwanted;
    const state = await this.scene.load(this.backup.id);
    const copy = this.copyIn(state);
    if (!isEnded(state) || !copy) return undefined;
    const keeps = keptIn === undefined ? undefined : { storage: keptIn, verifiedSince: this.scene.parts.now() };
    if (keeps) await this.readBack(state, keeps.storage);
    if (copy.state !== 'removing') await this.start(keeps);
    await this.finish(keeps);
    const after = await this.scene.record(this.backup.id, {
      type: 'RecordDeletion',
      storage,
      path: this.unwanted.path,
    });
    return isEnded(after) ? after : undefined;
  }

  private copyIn(state: BackupState): Exclude<Copy, { state: 'expected' | 'removed' }> | undefined {
    const copy = isEnded(state) ? state.archived?.copies.get(this.unwanted.storage) : undefined;
    if (!copy || copy.state === 'expected' || copy.state === 'removed') return undefined;
    return copy.path === this.unwanted.path ? copy : undefined;
  }

  /** Reads the copy in which the backup goes on, and records what was seen. */
  private async readBack({ archived }: EndedBackup, storage: string): Promise<void> {
    const copy = archived?.copies.get(storage);
    if (!archived || (copy?.state !== 'verified' && copy?.state !== 'present')) return; // the decision refuses
    const { path } = copy;
    const begun = Date.parse(this.scene.parts.now());
    try {
      const digest = await this.scene.parts.storages.at(storage, async (port, options) => {
        const found = await port.sha256(path, options);
        requireContent({ storage, path }, found, archived.archive);
        return found;
      });
      const durationMs = Math.max(0, Date.parse(this.scene.parts.now()) - begun);
      await this.scene.record(this.backup.id, { type: 'RecordReverification', storage, path, ...digest, durationMs });
    } catch (error) {
      const { cause } = error instanceof StorageFailed ? error : { cause: undefined };
      if (!(cause instanceof StorageError) || !saysDamaged.includes(cause.code)) throw error;
      const failure = this.scene.parts.runs.failure(cause);
      await this.scene.record(this.backup.id, { type: 'RecordReverificationFailure', storage, path, ...failure });
      await this.takeBackWhatWasBegun(failure);
      throw error;
    }
  }

  /** A deletion that was begun while the other copy was good. */
  private async takeBackWhatWasBegun(why: Failure): Promise<void> {
    if (this.copyIn(await this.scene.load(this.backup.id))?.state === 'removing') await this.abandonIfThere(why);
  }

  private async start(keeps: Keeps | undefined): Promise<void> {
    const { keeps: _keeps, ...unwanted } = this.unwanted;
    const state = await this.scene.record(this.backup.id, {
      type: 'StartDeletion',
      ...unwanted,
      facts: await this.scene.facts(this.backup.id, unwanted.tier),
      ...(keeps && { keeps }),
    });
    if (this.copyIn(state)?.state === 'removing') return;
    const code = isEnded(state) ? state.refusals?.[unwanted.storage] : undefined;
    throw new StepRefused({ ...notBegun, ...(code !== undefined && { code }) });
  }

  /** Whoever began to use the backup before the deletion was on record is seen here; whoever comes later sees that. */
  private async finish(keeps: Keeps | undefined): Promise<void> {
    const { storage, path, tier } = this.unwanted;
    const facts = await this.scene.facts(this.backup.id, tier);
    const state = await this.scene.load(this.backup.id);
    if (!isEnded(state)) return;
    const refusal = refuseDeletion({ now: this.scene.parts.now(), storage, tier, facts, keeps }, state);
    if (refusal && (await this.abandonIfThere(refusal))) throw new StepRefused(refusal);
    await this.scene.parts.storages.at(storage, async (port, options) => {
      await port.remove(path, options);
      await port.remove(checksumPath(path), options);
    });
  }

  /** A copy that is gone already can't be taken back. @returns whether it was there */
  private async abandonIfThere(why: Failure): Promise<boolean> {
    const { storage, path } = this.unwanted;
    const isThere =
      (await this.scene.parts.storages.at(storage, (port, options) => port.stat(path, options))) !== undefined;
    if (isThere) await this.scene.record(this.backup.id, { type: 'AbandonDeletion', storage, path, ...why });
    return isThere;
  }
}

const notBegun: Failure = {
  code: 'CHANGED_MEANWHILE',
  message: 'The copy has changed since the clean-up was planned',
  remedy: 'The next clean-up looks at it again.',
};
