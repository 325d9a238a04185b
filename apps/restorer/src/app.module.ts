import { Module } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { CONFIG, ScratchFolder, type ServiceDefinition } from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { DrillController } from './drill/drill.controller.js';
import { DrillService } from './drill/drill.service.js';
import { Preparation } from './restore/preparation.js';
import { RestoreController } from './restore/restore.controller.js';
import { RestoreLeases } from './restore/restore-leases.js';
import { RestoreService } from './restore/restore.service.js';
import { SafetyBackups } from './restore/safety-backup.js';
import { SettlementService } from './restore/settlement.service.js';
import { Switch } from './restore/switch.js';

@Module({
  controllers: [RestoreController, DrillController],
  providers: [
    RestoreService,
    SettlementService,
    DrillService,
    RestoreLeases,
    SafetyBackups,
    Preparation,
    Switch,
    ScratchFolder.of('restorer'),
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

/**
 * Restores and drills, on the machine that has the projects. A service beside the runner, so that a restore that waits for
 * its safety backup does not take the place of that backup.
 */
export const restorerService: ServiceDefinition = {
  name: 'restorer',
  module: AppModule,
  consumes: { host: 'own', category: ['restore', 'drill'], concurrency: 2, part: 'restore' },
};
