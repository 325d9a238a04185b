import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { DeliveredEvent, RestoreEvent } from '@havun/domain';
import { EventContext } from '@havun/messaging';
import { RestoreService } from './restore.service.js';
import { SettlementService } from './settlement.service.js';

@Controller()
export class RestoreController {
  constructor(
    private readonly restores: RestoreService,
    private readonly settlements: SettlementService,
  ) {}

  @EventPattern(['RestoreRequested'])
  restoreRequested(@Payload() event: DeliveredEvent<RestoreEvent>, @Ctx() context: EventContext): Promise<void> {
    return this.restores.run(event, context.signal);
  }

  @EventPattern(['RestoreUndoRequested', 'RestoreConfirmRequested'])
  settlementRequested(@Payload() event: DeliveredEvent<RestoreEvent>, @Ctx() context: EventContext): Promise<void> {
    return this.settlements.settle(event, context.signal);
  }
}
