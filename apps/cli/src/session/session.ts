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
import { attachToStack, startStack, takeStackLock, type Stack, type StackLock } from '@havun/standalone';
import { CommandError, exitCodes } from '../exit-code.js';
import { shown } from '../terminal.js';

/** A command's way to the stack: one that is up, or one that this process holds up for as long as the command takes. */
export interface Session {
  readonly context: ServiceContext;
  /** Opens the tables, for reading, when they are first asked for: what is read from the log needs none. */
  readModel(): Promise<ReadModel>;
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

/** How long a command waits for a stack that starts, stops, or is another command's and lacks what this one needs. */
const patienceMs = 60_000;
const lookAgainMs = 200;

export async function openSession(options: SessionOptions): Promise<Session> {
  const { config } = options;
  if (config.nats.url !== 'embedded') return sessionOn(config, await connectNats(config, 'cli'), []);
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookAgainMs) {
    const session = await attach(options);
    if (session) return session;
    const lock = await takeStackLock(config.data_dir);
    if (lock) return bringUp(options, lock);
    await sleep(lookAgainMs);
  }
  throw new CommandError(
    exitCodes.unavailable,
    'STACK_NOT_READY',
    `A process holds the stack of ${config.data_dir}, and did not come up with what this command needs within ${patienceMs / 1000} s`,
    `If another command is at work there, wait for its end. Else look in the logs under ${config.data_dir}, and stop that process if it hangs.`,
  );
}

/** A session on the stack that another process holds; none where there is no such, or not one that serves this command. */
async function attach({ config, services }: SessionOptions): Promise<Session | undefined> {
  const attachment = await attachToStack(config.data_dir);
  if (!attachment) return undefined;
  const detach = (): Promise<void> => {
    attachment.detach();
    return Promise.resolve();
  };
  try {
    const file = await readStackFile(config.data_dir);
    if (!file || !serves(file, services)) {
      await detach();
      return undefined;
    }
    return await sessionOn(config, await connectToStack(file, 'cli'), [detach]);
  } catch (error) {
    await detach();
    throw error;
  }
}

/** The file of a stack that was killed may still lie there while the next one starts. */
const serves = (file: StackFile, wanted: readonly ServiceDefinition[]): boolean =>
  file.ready && isAlive(file.pid) && wanted.every(({ name }) => file.services.includes(name));

/** A list says it too, although it says nothing else of the stack. */
const onWait = (what: string): void => void process.stderr.write(`${shown(what)}\n`);

async function bringUp({ config, services, onBringUp }: SessionOptions, lock: StackLock): Promise<Session> {
  const logFile = join(config.data_dir, 'log', 'stack.log');
  await mkdir(join(config.data_dir, 'log'), { recursive: true, mode: 0o700 });
  onBringUp?.(logFile);
  const log = destination({ dest: logFile, sync: true, mode: 0o600 });
  let stack: Stack | undefined;
  const end = async (): Promise<void> => {
    await stack?.close();
    await lock.release();
  };
  try {
    stack = await startStack({ config, lock, services, log, onWait });
    const up = stack;
    const session = await sessionOn(config, await connectNats(config, 'cli'), [() => untilUnused(up, lock), end]);
    return { ...session, holdsStack: true };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Waits until nobody needs the stack, and admits nobody from then on: one that comes now brings up its own. */
async function untilUnused(stack: Stack, lock: StackLock): Promise<void> {
  for (;;) {
    await lock.untilUnused();
    await stack.admit(false);
    if (lock.attached() === 0) return;
    await stack.admit(true);
  }
}

async function sessionOn(
  config: HavunConfig,
  connection: NatsConnection,
  afterwards: readonly (() => Promise<void>)[],
): Promise<Session> {
  const silent = { write: () => undefined };
  try {
    const context = await openServiceContext({ service: 'cli', config, connection, log: silent });
    let tables: ReadModel | undefined;
    return {
      context,
      readModel: async () => (tables ??= await openReadModel(config.read_model, { readOnly: true })),
      holdsStack: false,
      close: async () => {
        await tables?.close();
        await connection.drain();
        for (const step of afterwards) await step();
      },
    };
  } catch (error) {
    await connection.drain();
    throw error;
  }
}
