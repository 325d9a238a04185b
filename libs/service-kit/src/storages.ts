import { Module, type DynamicModule } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { Storages } from '@havun/storage';
import { CONFIG } from './tokens.js';

/** The storages of a service: calls that fail are made again, as `uploads` in the configuration says. */
export const openStorages = ({ storage, uploads }: HavunConfig): Storages =>
  new Storages(storage, {
    retries: {
      attempts: uploads.attempts,
      firstDelayMs: uploads.first_delay_seconds * 1000,
      longestDelayMs: uploads.max_delay_seconds * 1000,
    },
  });

/** Gives a service the storages, and closes them with it. */
@Module({})
export class StoragesModule {
  constructor(private readonly storages: Storages) {}

  static of(): DynamicModule {
    return {
      module: StoragesModule,
      providers: [
        {
          provide: Storages,
          inject: [CONFIG],
          useFactory: (config: HavunConfig) => openStorages(config),
        },
      ],
      exports: [Storages],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.storages.close();
  }
}
