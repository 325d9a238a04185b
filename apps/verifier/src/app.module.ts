import { Module } from '@nestjs/common';
import { StoragesModule, type ServiceDefinition } from '@havun/service-kit';
import { VerifyController } from './verify.controller.js';
import { VerifyService } from './verify.service.js';

@Module({
  imports: [StoragesModule.of()],
  controllers: [VerifyController],
  providers: [VerifyService],
})
class AppModule {}

/** Reads every copy back, and ends the run. */
export const verifierService: ServiceDefinition = {
  name: 'verifier',
  module: AppModule,
  consumes: { host: 'own', category: 'backup', concurrency: 4, part: 'verify' },
};
