import { Module } from '@nestjs/common';
import { ScratchFolder, StoragesModule, type ServiceDefinition } from '@havun/service-kit';
import { CleanupController } from './cleanup/cleanup.controller.js';
import { CleanupService } from './cleanup/cleanup.service.js';
import { ReconcileController } from './reconcile/reconcile.controller.js';
import { ReconcileService } from './reconcile/reconcile.service.js';
import { Tables } from './tables.js';

@Module({
  imports: [StoragesModule.of('retention')],
  controllers: [CleanupController, ReconcileController],
  providers: [CleanupService, ReconcileService, Tables, ScratchFolder.of('retention')],
})
class AppModule {}

/** Moves backups to the archive, and deletes those whose time is over, on the machine that has the projects. */
export const retentionService: ServiceDefinition = {
  name: 'retention',
  module: AppModule,
  consumes: { host: 'own', category: 'retention', concurrency: 2, part: 'retention' },
};
