import { Module } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { CONFIG, ScratchFolder, type ServiceDefinition } from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { ArchiveController } from './archive.controller.js';
import { ArchiveService } from './archive.service.js';

@Module({
  controllers: [ArchiveController],
  providers: [
    ArchiveService,
    ScratchFolder.of('runner'),
    {
      provide: Storages,
      inject: [CONFIG],
      useFactory: (config: HavunConfig) => new Storages(config.storage),
    },
  ],
})
class AppModule {
  constructor(private readonly storages: Storages) {}

  async onApplicationShutdown(): Promise<void> {
    await this.storages.close();
  }
}

/** Builds archives on the machine that has the projects: two at once, as each keeps a core busy. */
export const runnerService: ServiceDefinition = {
  name: 'runner',
  module: AppModule,
  consumes: { host: 'own', category: 'backup', concurrency: 2, part: 'archive' },
};
