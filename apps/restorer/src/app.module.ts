import { Module } from '@nestjs/common';
import { ScratchFolder, StoragesModule, type ServiceDefinition } from '@havun/service-kit';
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
  imports: [StoragesModule.of('restorer')],
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
  ],
})
class AppModule {}

/**
 * Restores and drills, on the machine of the projects. It is separate from the runner, so that a restore that waits for its safety
 * backup does not block that backup.
 */
export const restorerService: ServiceDefinition = {
  name: 'restorer',
  module: AppModule,
  consumes: { host: 'own', graceMs: 20_000, category: ['restore', 'drill'], concurrency: 2, part: 'restore' },
};
