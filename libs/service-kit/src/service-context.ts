import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { scrubber, secretsIn, type HavunConfig, type Scrub } from '@havun/config';
import type { Clock, Ids } from '@havun/domain';
import { openEventStore, type EventStore } from '@havun/event-store';
import { Leases, ProgressPublisher, StreamHints } from '@havun/coordination';
import type { DestinationStream } from 'pino';
import { createLogger, type Logger } from './logging.js';
import {
  BackupRuns,
  CleanupRuns,
  DrillRuns,
  ReconciliationRuns,
  RestoreRuns,
  type RunLine,
  type RunsByKind,
} from '@havun/use-cases';
import { systemClock, systemIds } from './system.js';
import {
  BACKUP_RUNS,
  CLEANUP_RUNS,
  CLOCK,
  CONFIG,
  DRILL_RUNS,
  EVENT_STORE,
  IDS,
  INSTANCE,
  LEASES,
  LOGGER,
  PROGRESS,
  RECONCILIATION_RUNS,
  RESTORE_RUNS,
} from './tokens.js';

/** What a service needs from its process. The connection is shared; everything else has the service's name. */
export interface ServiceContext {
  readonly service: string;
  /** The name of this process, unique among its kind. */
  readonly instance: string;
  readonly config: HavunConfig;
  readonly connection: NatsConnection;
  readonly store: EventStore;
  readonly hints: StreamHints;
  readonly leases: Leases;
  readonly progress: ProgressPublisher;
  readonly runs: RunsByKind;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly scrub: Scrub;
}

export interface ContextOptions {
  readonly service: string;
  readonly config: HavunConfig;
  readonly connection: NatsConnection;
  /** The target of the log. Default: standard output. */
  readonly log?: DestinationStream;
}

/** Builds on an open connection. @throws EventStoreError where the server is not fit to hold the log (D17). */
export async function openServiceContext({
  service,
  config,
  connection,
  log,
}: ContextOptions): Promise<ServiceContext> {
  const scrub = scrubber(secretsIn(config));
  const instance = `${service}-${config.host}-${process.pid}-${systemIds.uuid().slice(0, 8)}`;
  const logger = createLogger({ service, scrub, level: config.log.level, ...(log && { destination: log }) });
  const [clock, ids] = [systemClock, systemIds];
  const store = await openEventStore(config.event_store, {
    connection,
    ...(config.nats.url === 'embedded' && { syncAlways: true }), // we start it so
    ...(config.nats.monitor_url !== undefined && { monitorUrl: config.nats.monitor_url }),
  });
  const leases = await Leases.open(connection, { holder: instance, clock, ids });
  const onRecorded = ({ level, text, run }: RunLine): void => {
    logger[level]({ run }, text);
  };
  const deps = { store, clock, ids, scrub, service, onRecorded };
  return {
    service,
    instance,
    config,
    connection,
    store,
    hints: new StreamHints(connection),
    leases,
    progress: new ProgressPublisher(connection),
    runs: {
      backup: new BackupRuns(deps),
      restore: new RestoreRuns(deps),
      drill: new DrillRuns(deps),
      cleanup: new CleanupRuns(deps),
      reconciliation: new ReconciliationRuns(deps),
    },
    clock,
    ids,
    logger,
    scrub,
  };
}

@Global()
@Module({})
export class ServiceContextModule {
  /** Provides what a service's classes request by token. */
  static of(context: ServiceContext): DynamicModule {
    const value = (provide: symbol, useValue: unknown): Provider => ({ provide, useValue });
    const providers = [
      value(CONFIG, context.config),
      value(EVENT_STORE, context.store),
      value(LEASES, context.leases),
      value(PROGRESS, context.progress),
      value(BACKUP_RUNS, context.runs.backup),
      value(RESTORE_RUNS, context.runs.restore),
      value(CLEANUP_RUNS, context.runs.cleanup),
      value(RECONCILIATION_RUNS, context.runs.reconciliation),
      value(DRILL_RUNS, context.runs.drill),
      value(CLOCK, context.clock),
      value(IDS, context.ids),
      value(LOGGER, context.logger),
      value(INSTANCE, context.instance),
    ];
    return { module: ServiceContextModule, providers, exports: providers };
  }
}
