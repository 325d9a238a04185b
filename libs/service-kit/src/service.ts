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

/** A module as a service. */
export interface ServiceDefinition {
  readonly name: string;
  readonly module: Type;
  /** The events that it consumes. Absent where something else drives the service, such as the clock. */
  readonly consumes?: {
    /** Events of this machine's own projects, or of all. */
    readonly host: 'own' | 'any';
    readonly category: Category | readonly Category[] | 'any';
    /** The maximum number of concurrent handlers. */
    readonly concurrency: number;
    /** How long work in hand may take when the service is stopped. Default: 3 s. Interrupted work is resumed later. */
    readonly graceMs?: number;
    /** The part of a run that this service does. A run fails in that part when the service gives up on its event. */
    readonly part?: RunPart;
  };
}

export interface RunningService {
  readonly name: string;
  /** The number of events that it works on now. */
  inHand(): number;
  /**
   * Takes no new work, lets the work in hand end within the grace (milliseconds, or Infinity), interrupts the rest, and stops. A
   * second call may shorten the grace.
   */
  close(graceMs?: number): Promise<void>;
}

/** Somebody waits for the stop. Work that needs longer is resumed at the next start. */
const defaultGraceMs = 3_000;

/** The delays between deliveries of an event whose handler failed, in milliseconds. */
const backoffMs = [1_000, 5_000, 15_000, 60_000, 300_000];

/** Starts a service in this process. Resolves when it is at work. */
export async function startService(definition: ServiceDefinition, context: ServiceContext): Promise<RunningService> {
  const { durability } = await context.store.describe();
  if (durability.level === 'degraded') context.logger.warn({ problems: durability.problems }, 'degraded durability');
  const { app, strategy } = await create(definition, context);
  const health = answerHealth(context.connection, {
    service: definition.name,
    host: context.config.host,
    instance: context.instance,
    details: () => ({ pid: process.pid, durability: durability.level }),
  });
  context.logger.info({ instance: context.instance, host: context.config.host }, `${definition.name} is at work`);
  const stop = async (): Promise<void> => {
    health.stop();
    await app.close();
    context.progress.close();
    context.logger.info(`${definition.name} has stopped`);
  };
  let stopping: Promise<void> | undefined;
  return {
    name: definition.name,
    inHand: () => strategy?.running ?? 0,
    close: async (graceMs) => {
      await strategy?.close(graceMs);
      await (stopping ??= stop());
    },
  };
}

interface Started {
  readonly app: INestApplicationContext;
  readonly strategy?: JetStreamStrategy;
}

/** When a start fails, Nest would end the process itself, without a readable reason and without ending its children. */
async function create(definition: ServiceDefinition, context: ServiceContext): Promise<Started> {
  const root = rootModule(definition, context);
  const logger = nestLogger(context.logger);
  if (!definition.consumes)
    return { app: await NestFactory.createApplicationContext(root, { logger, abortOnError: false }) };
  const { host, category, concurrency, part, graceMs = defaultGraceMs } = definition.consumes;
  const strategy = new JetStreamStrategy({
    connection: context.connection,
    store: context.store,
    service: definition.name,
    durable: host === 'own' ? `${definition.name}-${context.config.host}` : definition.name,
    filterSubjects: categoriesOf(category).map((each) =>
      eventSubjects({ ...(host === 'own' && { host: context.config.host }), ...each }),
    ),
    concurrency,
    backoffMs,
    drainMs: graceMs,
    clock: context.clock,
    ids: context.ids,
    logger: context.logger,
    failureOf: (error) => context.runs.backup.failure(error),
    onQuarantine: (quarantined) => {
      if (part) void abandonRun(context, quarantined, part);
    },
  });
  const app = await NestFactory.createMicroservice(root, { logger, abortOnError: false, strategy });
  app.useGlobalFilters(new HandlerErrors());
  await app.listen();
  return { app, strategy };
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
