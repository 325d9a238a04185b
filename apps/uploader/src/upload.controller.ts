import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { BackupEvent, DeliveredEvent } from '@havun/domain';
import { EventContext } from '@havun/messaging';
import { UploadService } from './upload.service.js';

@Controller()
export class UploadController {
  constructor(private readonly uploads: UploadService) {}

  @EventPattern(['ArchiveCreated', 'BackupRetryRequested'])
  copyMayBeDue(@Payload() event: DeliveredEvent<BackupEvent>, @Ctx() context: EventContext): Promise<void> {
    return this.uploads.distribute(event, context.signal);
  }
}
