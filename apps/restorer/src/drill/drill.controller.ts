import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { DrillEvent, DeliveredEvent } from '@havun/domain';
import { EventContext } from '@havun/messaging';
import { DrillService } from './drill.service.js';

@Controller()
export class DrillController {
  constructor(private readonly drills: DrillService) {}

  @EventPattern(['DrillRequested'])
  drillRequested(@Payload() event: DeliveredEvent<DrillEvent>, @Ctx() context: EventContext): Promise<void> {
    return this.drills.run(event, context.signal);
  }
}
