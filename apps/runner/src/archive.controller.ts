import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { BackupEvent, DeliveredEvent } from '@havun/domain';
import { EventContext } from '@havun/messaging';
import { ArchiveService } from './archive.service.js';

@Controller()
export class ArchiveController {
  constructor(private readonly archives: ArchiveService) {}

  @EventPattern(['BackupRequested'])
  backupRequested(@Payload() event: DeliveredEvent<BackupEvent>, @Ctx() context: EventContext): Promise<void> {
    return this.archives.run(event, context.signal);
  }

  @EventPattern(['BackupCancelRequested'])
  cancelRequested(@Payload() event: DeliveredEvent<BackupEvent>): Promise<void> {
    return this.archives.cancel(event);
  }
}
