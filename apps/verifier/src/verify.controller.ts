import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { BackupEvent, DeliveredEvent } from '@havun/domain';
import { EventContext } from '@havun/messaging';
import { VerifyService } from './verify.service.js';

@Controller()
export class VerifyController {
  constructor(private readonly verification: VerifyService) {}

  @EventPattern(['ArchiveCreated', 'Uploaded', 'UploadFailed', 'BackupRetryRequested'])
  copyMayBeDue(@Payload() event: DeliveredEvent<BackupEvent>, @Ctx() context: EventContext): Promise<void> {
    return this.verification.settle(event, context.signal);
  }
}
