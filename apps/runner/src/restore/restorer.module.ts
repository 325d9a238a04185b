import { Module } from '@nestjs/common';
import { StoragesModule, type ServiceDefinition } from '@havun/service-kit';
import { DrillController } from '../drill/drill.controller.js';
import { DrillService } from '../drill/drill.service.js';
import { ScratchFolder } from '../scratch-folder.js';
import { Preparation } from './preparation.js';
import { RestoreController } from './restore.controller.js';
import { RestoreLeases } from './restore-leases.js';
import { RestoreService } from './restore.service.js';
import { SafetyBackups } from './safety-backup.js';
import { SettlementService } from './settlement.service.js';
import { Switch } from './switch.js';

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
class RestorerModule {}

/**
 * Restores and drills, on the machine that has the projects: beside the runner in its process, with a consumer of its own,
 * so that a restore that waits for its safety backup does not take the place of that backup.
 */
export const restorerService: ServiceDefinition = {
  name: 'restorer',
  module: RestorerModule,
  consumes: { host: 'own', category: ['restore', 'drill'], concurrency: 2, stage: 'restore' },
};
