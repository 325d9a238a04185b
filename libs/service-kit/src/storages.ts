import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { Storages, type ConnectionSharing } from '@havun/storage';
import type { Logger } from './logging.js';
import { CONFIG, LOGGER } from './tokens.js';

/** The user of the storages, and who is told about a wait for a connection. */
export type StorageUser = Pick<ConnectionSharing, 'holder' | 'use'> & Required<Pick<ConnectionSharing, 'onWait'>>;

/**
 * The configured storages. Their connections are counted over all processes of this machine. In a service, failed calls are
 * retried as `uploads` says; a command reports them at once.
 */
export function openStorages({ storage, uploads, data_dir: dataDir }: HavunConfig, user: StorageUser): Storages {
  const retries = {
    attempts: uploads.attempts,
    firstDelayMs: uploads.first_delay_seconds * 1000,
    longestDelayMs: uploads.max_delay_seconds * 1000,
  };
  return new Storages(storage, {
    sharing: { folder: join(dataDir, 'run'), ...user },
    ...(user.use === 'service' && { retries }),
  });
}

/** Provides the storages to a service, and closes them with it. */
@Module({})
export class StoragesModule {
  constructor(private readonly storages: Storages) {}

  static of(service: string): DynamicModule {
    return {
      module: StoragesModule,
      providers: [
        {
          provide: Storages,
          inject: [CONFIG, LOGGER],
          useFactory: (config: HavunConfig, logger: Logger) =>
            openStorages(config, {
              holder: service,
              use: 'service',
              onWait: (what) => {
                logger.info(`waiting for ${what}`);
              },
            }),
        },
      ],
      exports: [Storages],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.storages.close();
  }
}
