import { Module } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { openReadModel } from '@havun/read-model';
import { CONFIG, type ServiceDefinition } from '@havun/service-kit';
import { ProjectionController } from './projection.controller.js';
import { ProjectionService } from './projection.service.js';
import { READ_MODEL } from './tokens.js';

@Module({
  controllers: [ProjectionController],
  providers: [
    ProjectionService,
    { provide: READ_MODEL, inject: [CONFIG], useFactory: (config: HavunConfig) => openReadModel(config.read_model) },
  ],
})
class AppModule {}

/** Keeps the tables and the audit log up to date with the events of every host. */
export const auditProjectionService: ServiceDefinition = {
  name: 'audit-projection',
  module: AppModule,
  consumes: { host: 'any', category: 'any', concurrency: 1 },
};
