import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { destination } from 'pino';
import type { HavunConfig } from '@havun/config';
import { openReadModel, type ReadModel } from '@havun/read-model';
import {
  connectNats,
  connectToStack,
  isAlive,
  openServiceContext,
  readStackFile,
  type ServiceContext,
  type ServiceDefinition,
  type StackFile,
} from '@havun/service-kit';
import { attachToStack, startStack, takeStackLock, type StackLock } from '@havun/standalone';
import { CommandError, exitCodes } from '../exit-code.js';

/** A command's way to the stack: one that is up, or one that this process holds up for as long as the command takes. */
export interface Session {
  readonly context: ServiceContext;
  readonly readModel: ReadModel;
  /** Whether this process is the stack: what it has begun goes on only while it lives. */
  readonly holdsStack: boolean;
  /** Lets go of the stack; where this process holds it, waits until nobody else needs it. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly config: HavunConfig;
  /** What is brought up when no stack is. */
  readonly services: readonly ServiceDefinition[];
  /** Told when this process brings the stack up. */
  readonly onBringUp?: (logFile: string) => void;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const { config } = options;
  if (config.nats.url !== 'embedded') return sessionOn(config, await connectNats(config, 'cli'), []);
  for (;;) {
    const attachment = await attachToStack(config.data_dir);
    if (attachment) {
      const connection = await connectToStack(await stackFile(config.data_dir), 'cli');
      return sessionOn(config, connection, [
        () => {
          attachment.detach();
          return Promise.resolve();
        },
      ]);
    }
    const lock = await takeStackLock(config.data_dir);
    if (lock) return bringUp(options, lock);
  }
}

/** The holder writes the file once its server is up: within seconds after it has the lock. */
async function stackFile(dataDir: string): Promise<StackFile> {
  for (let tries = 0; tries < 300; tries += 1) {
    const file = await readStackFile(dataDir);
    if (file && isAlive(file.pid)) return file;
    await sleep(100);
  }
  throw new CommandError(
    exitCodes.unavailable,
    'STACK_NOT_READY',
    `A process holds the stack of ${dataDir}, and its NATS server did not come up within 30 s`,
    `Look in the logs under ${dataDir}, and stop that process if it hangs.`,
  );
}

async function bringUp({ config, services, onBringUp }: SessionOptions, lock: StackLock): Promise<Session> {
  const logFile = join(config.data_dir, 'log', 'stack.log');
  await mkdir(join(config.data_dir, 'log'), { recursive: true, mode: 0o700 });
  onBringUp?.(logFile);
  const log = destination({ dest: logFile, sync: true, mode: 0o600 });
  try {
    const stack = await startStack({ config, lock, services, log });
    const session = await sessionOn(config, await connectNats(config, 'cli'), [
      () => lock.untilUnused(),
      () => stack.close(),
      () => lock.release(),
    ]);
    return { ...session, holdsStack: true };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function sessionOn(
  config: HavunConfig,
  connection: NatsConnection,
  afterwards: readonly (() => Promise<void>)[],
): Promise<Session> {
  const silent = { write: () => undefined };
  const context = await openServiceContext({ service: 'cli', config, connection, log: silent });
  const readModel = await openReadModel(config.read_model, { readOnly: true });
  return {
    context,
    readModel,
    holdsStack: false,
    close: async () => {
      await readModel.close();
      await connection.drain();
      for (const step of afterwards) await step();
    },
  };
}
