import type { HavunConfig } from '@havun/config';
import {
  archivePath,
  chooseToReadBack,
  isStorageDone,
  type LoggedCopy,
  type ReconciliationCommand,
  type ReconciliationState,
  type StoredCopy,
} from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import type { ReadModel } from '@havun/read-model';
import { StorageError, type StoragePort } from '@havun/storage';
import { compareStorages, isKnownDamaged, tabledBackups, type Step } from '@havun/use-cases';
import { ReadBack, type ReadBackDeps } from './read-back.js';
import { Repair, type RepairDeps } from './repair.js';
import { Tally } from './tally.js';

export interface ReconciliationDeps extends ReadBackDeps, Omit<RepairDeps, 'readBack' | 'onBadSibling'> {
  readonly config: HavunConfig;
  readonly store: EventStore;
  readonly queries: Pick<ReadModel['queries'], 'listBackups'>;
  readonly state: Extract<ReconciliationState, { status: 'requested' | 'running' }>;
  readonly record: (step: Step<ReconciliationCommand>) => Promise<ReconciliationState>;
}

/** One attempt at one comparison. What it says of a copy was true when it looked, and is decided on the log of that moment. */
export class Reconciliation {
  private readonly readBack: ReadBack;
  private readonly repair: Repair;
  private tallies: readonly Tally[] = [];

  constructor(private readonly deps: ReconciliationDeps) {
    this.readBack = new ReadBack(deps);
    this.repair = new Repair({
      ...deps,
      readBack: this.readBack,
      onBadSibling: (storage, copy, defect) => {
        this.tallies.find(({ name }) => name === storage)?.found(copy, defect);
      },
    });
  }

  async run(): Promise<void> {
    const { request } = this.deps.state;
    const tallies = (this.tallies = await this.compare());
    for (const tally of tallies) await this.judge(tally);
    await this.readBackDue(tallies);
    if (request.repair) for (const tally of tallies) await this.repairAll(tally);
    for (const tally of tallies) await this.deps.record({ type: 'RecordReconciledStorage', ...tally.result() });
    await this.deps.record({ type: 'CompleteReconciliation' });
  }

  private async compare(): Promise<Tally[]> {
    const { config, store, clock, signal, failure, queries, state, record } = this.deps;
    const { storages, repair } = state.request;
    const compared = await compareStorages(await this.wanted(), {
      config,
      store,
      clock,
      signal,
      failure,
      backups: () => tabledBackups(queries),
      ...(repair && storages && { mayBeEmpty: new Set(storages) }),
    });
    const tallies: Tally[] = [];
    for (const each of compared) {
      if (each.kind === 'compared') tallies.push(new Tally(each));
      else await record({ type: 'RecordUnreconciledStorage', storage: each.storage.name, ...each.failure });
    }
    return tallies;
  }

  /** The storages that were asked for, and of which an earlier attempt has not said what came of them. */
  private async wanted(): Promise<StoragePort[]> {
    const { storages, state, record, failure } = this.deps;
    const names = state.request.storages ?? storages.all().map(({ name }) => name);
    const wanted: StoragePort[] = [];
    for (const storage of names) {
      if (isStorageDone(state, storage)) continue;
      try {
        wanted.push(storages.named(storage));
      } catch (error) {
        await record({ type: 'RecordUnreconciledStorage', storage, ...failure(error) });
      }
    }
    return wanted;
  }

  /** Looks again at each copy that is not where or what it should be, and has the log say so. */
  private async judge(tally: Tally): Promise<void> {
    const { comparison } = tally.compared;
    await this.guarded(tally, comparison.elsewhere, async ({ copy, path }) => {
      if (path !== archivePath(copy.project, copy.name) || !(await this.adopt(tally, copy, path)))
        await this.confirm(tally, copy);
    });
    await this.guarded(tally, comparison.missing, (copy) => this.confirm(tally, copy));
    await this.guarded(tally, comparison.wrongSize, ({ copy }) => this.confirm(tally, copy));
    for (const copy of comparison.present) if (isKnownDamaged(copy)) tally.found(copy, 'damaged');
  }

  /** A move whose record was lost: the copy is read back where it lies now. */
  private async adopt(tally: Tally, copy: LoggedCopy, to: string): Promise<boolean> {
    const { log, clock } = this.deps;
    const { storage, name } = tally;
    const { backupId, path: from } = copy;
    if (!(await log.now(backupId, name, from))) return true;
    const begun = clock.now().getTime();
    const digest = await this.readBack.whole(storage, copy, to).catch((error: unknown) => {
      if (isAboutContent(error)) return undefined;
      throw error;
    });
    if (!digest) return false;
    const durationMs = Math.max(0, clock.now().getTime() - begun);
    const why = { rule: 'found', reason: 'it was found there, whole, and not at its hot place' };
    await log.record(backupId, { type: 'RecordMove', storage: name, from, to, ...why });
    await log.record(backupId, { type: 'RecordReverification', storage: name, path: to, ...digest, durationMs });
    tally.moved += 1;
    tally.read.add(backupId);
    tally.hashedBytes += digest.size;
    return true;
  }

  private async confirm(tally: Tally, copy: LoggedCopy): Promise<void> {
    const { log, signal } = this.deps;
    const { storage, name } = tally;
    const { backupId, path, size } = copy;
    const known = await log.now(backupId, name, path);
    if (!known) return;
    const found = await storage.stat(path, { signal });
    if (found?.size === size) return;
    tally.found(copy, found ? 'wrongSize' : 'missing');
    const failure = found ? otherSize(name, copy, found.size) : notThere(name, copy);
    // Said once for each reason.
    if (known.state === 'failed' && known.failure.code === failure.code) return;
    await log.record(backupId, { type: 'RecordReverificationFailure', storage: name, path, ...failure });
  }

  private async readBackDue(tallies: readonly Tally[]): Promise<void> {
    const { config, clock, state } = this.deps;
    const { hashAll, hashBytes } = state.request;
    const { verify_again_days: days, verify_bytes_per_night: configured } = config.retention;
    const candidates = tallies.flatMap((tally) =>
      tally.compared.comparison.present.map((copy): StoredCopy => ({ ...copy, storage: tally.name })),
    );
    const { chosen, overdue } = chooseToReadBack(candidates, {
      now: clock.now().toISOString(),
      againAfterDays: hashAll === true ? 0 : days,
      bytes: hashAll === true ? Infinity : (hashBytes ?? configured),
    });
    for (const tally of tallies) {
      tally.overdue = overdue.filter(({ storage }) => storage === tally.name).length;
      await this.guarded(
        tally,
        chosen.filter(({ storage }) => storage === tally.name),
        (copy) => this.readOne(tally, copy),
      );
    }
  }

  private async readOne(tally: Tally, copy: LoggedCopy): Promise<void> {
    const outcome = await this.readBack.read(tally.storage, copy);
    switch (outcome.kind) {
      case 'changed':
        return;
      case 'unreadable':
        if (outcome.isAway) throw new StorageAway(outcome.failure);
        tally.unreadable.add(outcome.failure);
        return;
      case 'whole':
        tally.bad.delete(copy.backupId);
        break;
      case 'bad':
        tally.found(copy, outcome.defect);
    }
    tally.read.add(copy.backupId);
    tally.hashedBytes += copy.size;
  }

  private async repairAll(tally: Tally): Promise<void> {
    const { failure, signal } = this.deps;
    for (const { copy } of tally.bad.values()) {
      signal.throwIfAborted();
      const reason = await this.repair.run(tally.storage, copy);
      if (reason) tally.notRepaired.add(reason);
      else tally.repairedCopies.add(copy.backupId);
    }
    for (const copy of tally.compared.comparison.withoutChecksum) {
      signal.throwIfAborted();
      if (tally.bad.has(copy.backupId)) continue;
      try {
        await this.repair.writeChecksum(tally.storage, copy);
        tally.repairedChecksums += 1;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof StorageError)) throw error;
        tally.notRepaired.add(failure(error));
      }
    }
  }

  /** One copy that can't be looked at keeps nobody from the others; a storage that goes away ends its list. */
  private async guarded<Item>(
    tally: Tally,
    items: readonly Item[],
    work: (item: Item) => Promise<void>,
  ): Promise<void> {
    const { signal, failure } = this.deps;
    for (const [index, item] of items.entries()) {
      signal.throwIfAborted();
      try {
        await work(item);
      } catch (error) {
        signal.throwIfAborted();
        const isAway = error instanceof StorageAway || (error instanceof StorageError && error.isAway);
        if (!isAway && !(error instanceof StorageError)) throw error;
        const reason = error instanceof StorageAway ? error.failure : failure(error);
        tally.unreadable.add(reason, isAway ? items.length - index : 1);
        if (isAway) return;
      }
    }
  }
}

class StorageAway extends Error {
  constructor(readonly failure: { code: string; message: string; remedy: string }) {
    super(failure.message);
    this.name = 'StorageAway';
  }
}

const isAboutContent = (error: unknown): boolean =>
  error instanceof StorageError && (error.code === 'CHECKSUM_MISMATCH' || error.code === 'NOT_FOUND');

const remedyOfBad =
  'It is not restored from. Check the disk or server and who may write there, then have the copy made again with «havun storage:reconcile --repair».';

const notThere = (storage: string, { path }: LoggedCopy) => ({
  code: 'NOT_FOUND',
  message: `The copy in ${storage} is gone: there is no ${path}`,
  remedy: remedyOfBad,
});

const otherSize = (storage: string, { path, size }: LoggedCopy, found: number) => ({
  code: 'CHECKSUM_MISMATCH',
  message: `The copy in ${storage} is not what was stored: ${path} has ${found} bytes, not ${size}`,
  remedy: remedyOfBad,
});
