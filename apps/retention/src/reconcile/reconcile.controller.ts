import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { DeliveredEvent, ReconciliationEvent } from '@havun/domain';
import { EventContext } from '@havun/messaging';
import { ReconcileService } from './reconcile.service.js';

@Controller()
export class ReconcileController {
  constructor(private readonly reconciliations: ReconcileService) {}

  @EventPattern(['ReconciliationRequested'])
  reconciliationRequested(
    @Payload() event: DeliveredEvent<ReconciliationEvent>,
    @Ctx() context: EventContext,
  ): Promise<void> {
    return this.reconciliations.run(event, context.signal);
  }
}
