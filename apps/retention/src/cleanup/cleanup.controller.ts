import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { DeliveredEvent, RetentionEvent } from '@havun/domain';
import { EventContext } from '@havun/messaging';
import { CleanupService } from './cleanup.service.js';

@Controller()
export class CleanupController {
  constructor(private readonly cleanups: CleanupService) {}

  @EventPattern(['CleanupRequested'])
  cleanupRequested(@Payload() event: DeliveredEvent<RetentionEvent>, @Ctx() context: EventContext): Promise<void> {
    return this.cleanups.run(event, context.signal);
  }
}
