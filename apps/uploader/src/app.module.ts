import { Module } from '@nestjs/common';
import { StoragesModule, type ServiceDefinition } from '@havun/service-kit';
import { UploadController } from './upload.controller.js';
import { UploadService } from './upload.service.js';

@Module({
  imports: [StoragesModule.of()],
  controllers: [UploadController],
  providers: [UploadService],
})
class AppModule {}

/** Carries archives from this machine to the offsite storages. */
export const uploaderService: ServiceDefinition = {
  name: 'uploader',
  module: AppModule,
  consumes: { host: 'own', category: 'backup', concurrency: 2, part: 'upload' },
};
