import type { INestApplicationContext, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Category } from '@havun/domain';
import { eventSubjects } from '@havun/event-store';
import { answerHealth } from '@havun/coordination';
import { HandlerErrors, JetStreamStrategy } from '@havun/messaging';
import { abandonRun, type RunPart } from '@havun/use-cases';
import { nestLogger } from './logging.js';
import { ServiceContextModule, type ServiceContext } from './service-context.js';

/** What makes one service out of a module. */
export interface ServiceDefinition {
  readonly name: string;
  readonly module: Type;
  /** The events that it is given; a service that consumes none is driven by something else, such as the clock. */
  readonly consumes?: {
    /** Only those of this machine's own projects, or everybody's. */
    readonly host: 'own' | 'any';
    readonly category: Category | readonly Category[] | 'any';
    /** Handlers at once, at most. */
    readonly concurrency: number;
    /** What this service does of a run. One whose event it had to give up ends there, as failed. */
    readonly part?: RunPart;
  };
}

export interface RunningService {
  readonly name: string;
  /** Takes no new work, lets the work in hand end within the drain time, and stops. */
  close(): Promise<void>;
}

/** The waits between deliveries of an event whose handler failed, in milliseconds. */
const backoffMs = [1_000, 5_000, 15_000, 60_000, 300_000];

/** Starts a service in this process. It is at work once this resolves. */
export async function startService(definition: ServiceDefinition, context: ServiceContext): Promise<RunningService> {
  const { durability } = await context.store.describe();
  if (durability.level === 'degraded') context.logger.warn({ problems: durability.problems }, 'degraded durability');
  const app = await create(definition, context);
  const health = answerHealth(context.connection, {
    service: definition.name,
    host: context.config.host,
    instance: context.instance,
    details: () => ({ pid: process.pid, durability: durability.level }),
  });
  context.logger.info({ instance: context.instance, host: context.config.host }, `${definition.name} is at work`);
  return {
    name: definition.name,
    close: async () => {
      health.stop();
      await app.close();
      context.progress.close();
      context.logger.info(`${definition.name} has stopped`);
    },
  };
}

/** Nest would end the process by itself when a start fails, without a reason for a person and with its children left. */
async function create(definition: ServiceDefinition, context: ServiceContext): Promise<INestApplicationContext> {
  const root = rootModule(definition, context);
  const logger = nestLogger(context.logger);
  if (!definition.consumes) return NestFactory.createApplicationContext(root, { logger, abortOnError: false });
  const { host, category, concurrency, part } = definition.consumes;
  const app = await NestFactory.createMicroservice(root, {
    logger,
    abortOnError: false,
    strategy: new JetStreamStrategy({
      connection: context.connection,
      store: context.store,
      service: definition.name,
      durable: host === 'own' ? `${definition.name}-${context.config.host}` : definition.name,
      filterSubjects: categoriesOf(category).map((each) =>
        eventSubjects({ ...(host === 'own' && { host: context.config.host }), ...each }),
      ),
      concurrency,
      backoffMs,
      clock: context.clock,
      ids: context.ids,
      logger: context.logger,
      failureOf: (error) => context.runs.backup.failure(error),
      onQuarantine: (quarantined) => {
        if (part) void abandonRun(context, quarantined, part);
      },
    }),
  });
  app.useGlobalFilters(new HandlerErrors());
  await app.listen();
  return app;
}

const categoriesOf = (category: Category | readonly Category[] | 'any'): { category?: Category }[] => {
  if (category === 'any') return [{}];
  return [category].flat().map((each) => ({ category: each }));
};

function rootModule(definition: ServiceDefinition, context: ServiceContext): Type {
  @Module({ imports: [ServiceContextModule.of(context), definition.module] })
  class RootModule {}
  return RootModule;
}
