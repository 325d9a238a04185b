import { breaking } from './breaking.js';
import { StorageError } from './error.js';
import type { StoragePort } from './port.js';
import { createStorage, type StorageConfig, type StorageDeps } from './registry.js';
import { retrying, type RetrySettings } from './retrying.js';

/** The `storage` section of the configuration. */
export interface StorageSection {
  readonly local: { readonly path: string };
  readonly offsite: Readonly<Record<string, StorageConfig>>;
}

/** The name of the storage on this machine, beside the offsite ones. */
export const localStorageName = 'local';

export interface StoragesOptions extends StorageDeps {
  /** Whether failed calls are repeated; a person who waits for an answer wants to know at once. */
  readonly retries?: RetrySettings;
}

/** How long a storage that can't be reached is left alone at the most, in milliseconds. */
const longestRestMs = 30_000;

/** One storage with every layer that stands between it and its callers, the innermost first: the only place where they are put together. */
function layered(name: string, config: StorageConfig, { retries, ...deps }: StoragesOptions): StoragePort {
  const storage = createStorage(name, config, deps);
  if (!retries) return storage;
  const { attempts: failures, longestDelayMs } = retries;
  const layers = [
    (inner: StoragePort) => breaking(inner, { failures, restMs: Math.min(longestDelayMs, longestRestMs) }),
    (inner: StoragePort) => retrying(inner, retries),
  ];
  return layers.reduce((inner, layer) => layer(inner), storage);
}

/** Every configured storage, by name. Nothing is opened or connected before a storage is used. */
export class Storages {
  private readonly byName: ReadonlyMap<string, StoragePort>;

  constructor({ local, offsite }: StorageSection, options: StoragesOptions = {}) {
    const configs: [string, StorageConfig][] = [
      [localStorageName, { type: 'local', path: local.path }],
      ...Object.entries(offsite),
    ];
    this.byName = new Map(configs.map(([name, config]) => [name, layered(name, config, options)]));
  }

  /** @throws StorageError `BAD_CONFIGURATION` for a name that the configuration does not have. */
  named(name: string): StoragePort {
    const storage = this.byName.get(name);
    if (storage) return storage;
    throw new StorageError(
      'BAD_CONFIGURATION',
      `The storage "${name}" is not in the configuration of this service`,
      'Add it under storage.offsite, or undo its removal: a backup was asked for that belongs there.',
    );
  }

  all(): StoragePort[] {
    return [...this.byName.values()];
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all(this.all().map((storage) => storage.close()));
  }
}
