import { StorageError, type StoragePort, type Storages } from '@havun/storage';

/** What one storage would not do. `cause` has the reason. */
export class StorageFailed extends Error {
  constructor(
    readonly storage: string,
    override readonly cause: unknown,
  ) {
    super(`${storage} failed`, { cause });
    this.name = 'StorageFailed';
  }
}

/** The storages during one clean-up: one that can't be reached is not tried again for every further backup. */
export class ReachedStorages {
  private readonly away = new Map<string, StorageError>();

  constructor(
    private readonly storages: Storages,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws StorageFailed, or the abort's reason */
  async at<Result>(
    name: string,
    call: (storage: StoragePort, options: { readonly signal: AbortSignal }) => Promise<Result>,
  ): Promise<Result> {
    this.signal.throwIfAborted();
    const known = this.away.get(name);
    if (known) throw new StorageFailed(name, known);
    try {
      return await call(this.storages.named(name), { signal: this.signal });
    } catch (error) {
      this.signal.throwIfAborted();
      if (error instanceof StorageError && error.isAway) this.away.set(name, error);
      throw new StorageFailed(name, error);
    }
  }
}
