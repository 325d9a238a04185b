import { Module } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { CONFIG, type ServiceDefinition } from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { VerifyController } from './verify.controller.js';
import { VerifyService } from './verify.service.js';

@Module({
  controllers: [VerifyController],
  providers: [
    VerifyService,
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

/** Reads every copy back, and ends the run. */
export const verifierService: ServiceDefinition = {
  name: 'verifier',
  module: AppModule,
  consumes: { host: 'own', category: 'backup', concurrency: 4, part: 'verify' },
};
