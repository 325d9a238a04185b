import { randomUUID } from 'node:crypto';
import { Controller, Inject, Module, type DynamicModule, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';
import type { HavunEvent, DeliveredEvent } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { EventContext } from '../event-context.js';
import { HandlerErrors } from '../handler-errors.js';
import { JetStreamStrategy, type JetStreamStrategyOptions } from '../jetstream-strategy.js';

export type TestHandler = (event: DeliveredEvent<HavunEvent>, context: EventContext) => unknown;
const HANDLER = Symbol('handler');

@Controller()
export class TestController {
  constructor(@Inject(HANDLER) private readonly handler: TestHandler) {}

  @EventPattern(['BackupRequested', 'BackupStarted'])
  handle(@Payload() event: DeliveredEvent<HavunEvent>, @Ctx() context: EventContext): unknown {
    return this.handler(event, context);
  }
}

@Module({})
class TestModule {
  static with(handler: TestHandler, controllers: Type[]): DynamicModule {
    return { module: TestModule, controllers, providers: [{ provide: HANDLER, useValue: handler }] };
  }
}

export type TestServiceOptions = Pick<JetStreamStrategyOptions, 'filterSubjects'> &
  Partial<JetStreamStrategyOptions> & {
    readonly connection: NatsConnection;
    readonly store: EventStore;
    readonly controllers?: Type[];
  };

/** A Nest microservice whose one controller calls the test. */
export async function startTestService(handler: TestHandler, options: TestServiceOptions): Promise<INestMicroservice> {
  const { controllers = [TestController], ...rest } = options;
  const quiet = (): void => undefined;
  const strategy = new JetStreamStrategy({
    service: 'tester',
    durable: 'tester',
    concurrency: 4,
    backoffMs: [20],
    drainMs: 500,
    clock: { now: () => new Date() },
    ids: { uuid: () => randomUUID() },
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    ...rest,
  });
  const app = await NestFactory.createMicroservice(TestModule.with(handler, controllers), {
    strategy,
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new HandlerErrors());
  await app.listen();
  return app;
}
