import { Module } from '@nestjs/common';
import { ScratchFolder, StoragesModule, type ServiceDefinition } from '@havun/service-kit';
import { ArchiveController } from './archive.controller.js';
import { ArchiveService } from './archive.service.js';

@Module({
  imports: [StoragesModule.of('runner')],
  controllers: [ArchiveController],
  providers: [ArchiveService, ScratchFolder.of('runner')],
})
class AppModule {}

/** Builds archives on the machine of the projects: two at once, because each keeps a core busy. */
export const runnerService: ServiceDefinition = {
  name: 'runner',
  module: AppModule,
  consumes: { host: 'own', category: 'backup', concurrency: 2, part: 'archive' },
};
