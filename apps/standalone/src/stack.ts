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

/** Every service, those first that others hand their work to, so that nothing waits when the first event comes. */
export const allServices: readonly ServiceDefinition[] = [
  auditProjectionService,
  verifierService,
  uploaderService,
  runnerService,
  restorerService,
  retentionService,
  schedulerService,
];

/** What a command brings up for one job: all but the scheduler, whose slots are the crontab's where there is one. */
export const servicesForOneCommand: readonly ServiceDefinition[] = allServices.filter(
  ({ name }) => name !== schedulerService.name,
);

/** How long what stops may take beyond the grace of the services; a server that is gone answers nothing. */
const closeWithinMs = 30_000;

export interface Stack {
  readonly connection: NatsConnection;
  /** Settles, with the reason, where the embedded server could not be kept running. */
  readonly lost: Promise<Error>;
  /** Whether commands of other processes may come to an embedded stack: true once it is up. */
  admit(ready: boolean): Promise<void>;
  /** Goes on with another configuration; work in hand ends with the one that it has begun with. */
  reconfigure(config: HavunConfig): Promise<void>;
  /** What is worked on now, in words for a person. */
  inHand(): string[];
  /** Gives the work in hand a short time to end, then stops the services and the embedded server. */
  close(): Promise<void>;
}

export interface StackOptions {
  readonly config: HavunConfig;
  /** Held by the caller where the server is embedded: one process at a time may start it. */
  readonly lock?: StackLock;
  readonly services: readonly ServiceDefinition[];
  readonly log?: ContextOptions['log'];
  /** Ends a start that takes long. */
  readonly signal?: AbortSignal;
  /** Told what a start that takes long waits for, and what becomes of the server later. */
  readonly say?: (what: string) => void;
}

/** Starts the services in this process, and the NATS server as a child of it where the configuration says `embedded`. */
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
