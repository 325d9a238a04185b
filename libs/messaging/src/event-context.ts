import { BaseRpcContext } from '@nestjs/microservices';

export interface DeliveryFacts {
  /** How often this event was delivered, this time included; deferrals are not counted. Starts at 1. */
  readonly deliveryCount: number;
  /** Whether a failure now leads to quarantine. */
  readonly isLastDelivery: boolean;
  /** Aborted when the event is not this handler's any more: the service stops, or the server was not reached for `ackWaitMs`. */
  readonly signal: AbortSignal;
  /** Tells the server that the event is still being worked on. This happens automatically after each third of `ackWaitMs`. */
  readonly working: () => void;
}

/** What a handler gets from `@Ctx()` besides its event. */
export class EventContext extends BaseRpcContext<[DeliveryFacts]> {
  constructor(facts: DeliveryFacts) {
    super([facts]);
  }

  get deliveryCount(): number {
    return this.args[0].deliveryCount;
  }

  get isLastDelivery(): boolean {
    return this.args[0].isLastDelivery;
  }

  get signal(): AbortSignal {
    return this.args[0].signal;
  }

  working(): void {
    this.args[0].working();
  }
}
