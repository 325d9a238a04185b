import type { NatsConnection } from '@nats-io/transport-node';
import { auditProjectionService } from '@havun/audit-projection';
import type { HavunConfig } from '@havun/config';
import { restorerService } from '@havun/restorer';
import { runnerService } from '@havun/runner';
import { schedulerService } from '@havun/scheduler';
import {
  connectNats,
  openServiceContext,
  startService,
  type ContextOptions,
  type RunningService,
  type ServiceDefinition,
} from '@havun/service-kit';
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
  schedulerService,
];

/** What a command brings up for one job: all but the scheduler, whose slots are the crontab's where there is one. */
export const servicesForOneCommand: readonly ServiceDefinition[] = allServices.filter(
  ({ name }) => name !== schedulerService.name,
);

export interface Stack {
  readonly connection: NatsConnection;
  /** Whether commands of other processes may come to an embedded stack: true once it is up. */
  admit(ready: boolean): Promise<void>;
  /** Lets the work in hand end, then stops the services and the embedded server. */
  close(): Promise<void>;
}

export interface StackOptions {
  readonly config: HavunConfig;
  /** Held by the caller where the server is embedded: one process at a time may start it. */
  readonly lock?: StackLock;
  readonly services: readonly ServiceDefinition[];
  readonly log?: ContextOptions['log'];
  /** Told what a start that takes long waits for. */
  readonly onWait?: (what: string) => void;
}

/** Starts the services in this process, and the NATS server as a child of it where the configuration says `embedded`. */
export async function startStack({ config, services, log, onWait }: StackOptions): Promise<Stack> {
  const embedded = config.nats.url === 'embedded' ? await startEmbeddedNats(config, services, onWait) : undefined;
  const running: RunningService[] = [];
  let connection: NatsConnection | undefined;
  const admit = async (ready: boolean): Promise<void> => embedded?.admit(ready);
  const close = async (): Promise<void> => {
    await admit(false);
    for (const service of running.reverse()) await service.close();
    await connection?.drain();
    await embedded?.stop();
  };
  try {
    connection = await connectNats(config, 'standalone');
    for (const definition of services) {
      const context = await openServiceContext({
        service: definition.name,
        config,
        connection,
        ...(log && { log }),
      });
      running.push(await startService(definition, context));
    }
    await admit(true);
    return { connection, admit, close };
  } catch (error) {
    await close();
    throw error;
  }
}
