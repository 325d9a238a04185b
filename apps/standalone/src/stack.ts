import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { auditProjectionService } from '@havun/audit-projection';
import type { HavunConfig } from '@havun/config';
import { restorerService } from '@havun/restorer';
import { retentionService } from '@havun/retention';
import { runnerService } from '@havun/runner';
import { schedulerService } from '@havun/scheduler';
import { connectNats, ServiceGroup, type ContextOptions, type ServiceDefinition } from '@havun/service-kit';
import { uploaderService } from '@havun/uploader';
import { verifierService } from '@havun/verifier';
import { startEmbeddedNats } from './embedded-nats.js';
import type { StackLock } from './stack-lock.js';

/** Every service. Downstream services come first, so that nothing waits when the first event comes. */
export const allServices: readonly ServiceDefinition[] = [
  auditProjectionService,
  verifierService,
  uploaderService,
  runnerService,
  restorerService,
  retentionService,
  schedulerService,
];

/** What a command brings up for one job: everything but the scheduler, whose slots the crontab has. */
export const servicesForOneCommand: readonly ServiceDefinition[] = allServices.filter(
  ({ name }) => name !== schedulerService.name,
);

/** How long a stop may take beyond the grace of the services, for example when a server no longer answers. */
const closeWithinMs = 30_000;

export interface Stack {
  readonly connection: NatsConnection;
  /** Settles, with the reason, when the embedded server could not be kept running. */
  readonly lost: Promise<Error>;
  /** Whether commands of other processes may use an embedded stack; true once it is up. */
  admit(ready: boolean): Promise<void>;
  /** Switches to another configuration. Work in hand ends with the one that it began with. */
  reconfigure(config: HavunConfig): Promise<void>;
  /** The present work, in words for a person. */
  inHand(): string[];
  /** Gives the work in hand a short time to end, then stops the services and the embedded server. */
  close(): Promise<void>;
}

export interface StackOptions {
  readonly config: HavunConfig;
  /** The caller holds it where the server is embedded: only one process at a time may start it. */
  readonly lock?: StackLock;
  readonly services: readonly ServiceDefinition[];
  readonly log?: ContextOptions['log'];
  /** Aborts a start that takes long. */
  readonly signal?: AbortSignal;
  /** Called with what a long start waits for, and with what happens to the server later. */
  readonly say?: (what: string) => void;
}

/** Starts the services in this process, and the NATS server as its child where the configuration says `embedded`. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { config, services, log, signal = new AbortController().signal, say = () => undefined } = options;
  const embedded =
    config.nats.url === 'embedded' ? await startEmbeddedNats({ config, services, signal, say }) : undefined;
  let connection: NatsConnection | undefined;
  let group: ServiceGroup | undefined;
  const admit = async (ready: boolean): Promise<void> => embedded?.admit(ready);
  const close = async (): Promise<void> => {
    await admit(false).catch(() => undefined); // a disk that is full keeps nothing from stopping
    const stopped = (async () => {
      await group?.close();
      await connection?.drain();
    })();
    try {
      await Promise.race([stopped, sleep(closeWithinMs, undefined, { ref: false })]);
    } finally {
      await embedded?.stop();
    }
  };
  try {
    connection = await connectNats(config, 'standalone');
    const started = (group = await ServiceGroup.start(
      { config, connection, definitions: services, ...(log && { log }) },
      signal,
    ));
    await admit(true);
    return {
      connection,
      lost: embedded?.lost ?? new Promise(() => undefined),
      admit,
      reconfigure: async (next) => {
        await started.reconfigure(next);
        await embedded?.reconfigured(next);
      },
      inHand: () => started.inHand(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
