import { Module } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { CONFIG, type ServiceDefinition } from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { UploadController } from './upload.controller.js';
import { UploadService } from './upload.service.js';

@Module({
  controllers: [UploadController],
  providers: [
    UploadService,
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

/** Carries archives from this machine to the offsite storages. */
export const uploaderService: ServiceDefinition = {
  name: 'uploader',
  module: AppModule,
  consumes: { host: 'own', category: 'backup', concurrency: 2, part: 'upload' },
};
