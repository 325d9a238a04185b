import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { configFingerprint, type HavunConfig } from '@havun/config';
import { failureOf } from '@havun/domain';
import { openReadModel, type ReadModel } from '@havun/read-model';
import {
  closeToOthers,
  connectNats,
  connectToStack,
  isAlive,
  NatsUnavailable,
  openDataFolder,
  openServiceContext,
  readStackFile,
  Stopped,
  type ServiceContext,
  type ServiceDefinition,
  type StackFile,
} from '@havun/service-kit';
import { indentedLines } from '@havun/text';
import { attachToStack, startStack, takeStackLock, type Stack, type StackLock } from '@havun/standalone';
import { CommandError, exitCodeOf, exitCodes } from '../exit-code.js';
import { mark, shown } from '../terminal.js';
import { openStackLog } from './stack-log.js';

/** A command's access to the stack: a running one, or one that this process runs for as long as the command takes. */
export interface Session {
  readonly context: ServiceContext;
  /** Opens the tables for reading at the first call. Commands that read the log need none. */
  readModel(): Promise<ReadModel>;
  /** Whether this process is the stack. Its work then goes on only while the process lives. */
  readonly holdsStack: boolean;
  /** Leaves the stack. Where this process runs it, waits until nobody else needs it. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly config: HavunConfig;
  /** The services to start when no stack is up. */
  readonly services: readonly ServiceDefinition[];
  /** Called when this process brings the stack up. */
  readonly onBringUp?: (logFile: string) => void;
}

/** How long a command waits for a stack that starts, stops, or belongs to another command and lacks what this one needs. */
const patienceMs = 60_000;
const lookAgainMs = 200;
/** Longer waits are reported. */
const tellAfterMs = 2_000;

/**
 * @throws CommandError STACK_NOT_READY, NatsUnavailable, DataFolderError, and EventStoreError where the server can't be
 * started or does not answer
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { config } = options;
  if (config.nats.url !== 'embedded') return sessionOn(config, await connectNats(config, 'cli'), []);
  let unreachable: NatsUnavailable | undefined;
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookAgainMs) {
    if (waitedMs === tellAfterMs) say(`Waiting for the stack of ${config.data_dir}, which starts, stops or recovers.`);
    try {
      const session = await attach(options);
      if (session) return session;
    } catch (error) {
      if (!(error instanceof NatsUnavailable)) throw error;
      unreachable = error; // the stack starts its server again
    }
    await openDataFolder(config.data_dir);
    const lock = await takeStackLock(config.data_dir);
    if (lock) return bringUp(options, lock);
    await sleep(lookAgainMs);
  }
  if (unreachable) throw unreachable;
  throw new CommandError(
    exitCodes.unavailable,
    'STACK_NOT_READY',
    `A process holds the stack of ${config.data_dir}, and did not provide what this command needs within ${patienceMs / 1000} s`,
    `If another command is at work there, wait for its end. Otherwise look in the logs under ${config.data_dir}, and stop that process if it hangs.`,
  );
}

/** A session on another process's stack. None where there is no such stack, or it does not serve this command. */
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
    const session = await sessionOn(config, await connectToStack(file, 'cli'), [detach]);
    tellOfOtherConfiguration(file, config);
    return session;
  } catch (error) {
    await detach();
    throw error;
  }
}

/** The file of a killed stack may still exist while the next one starts. */
const serves = (file: StackFile, wanted: readonly ServiceDefinition[]): boolean =>
  file.ready && isAlive(file.pid) && wanted.every(({ name }) => file.services.includes(name));

function tellOfOtherConfiguration({ pid, nats, configuration, startedAt }: StackFile, config: HavunConfig): void {
  if (configuration === undefined || configuration === configFingerprint(config, nats.password)) return;
  say(
    `The stack that is up (process ${pid}, since ${startedAt}) has another configuration than this command. Make it reload its file with: havun reload`,
  );
}

/** Lists report it too, although they report nothing else about the stack. */
const say = (what: string): void => void process.stderr.write(`${shown(what)}\n`);

async function bringUp({ config, services, onBringUp }: SessionOptions, lock: StackLock): Promise<Session> {
  let stack: Stack | undefined;
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(signalled[signal]);
    stop.abort(new Stopped(signal));
    if (!stack) return; // the start ends with the signal's reason
    say(`Stopped by ${signal}. What is in hand gets a few seconds to end; the next command takes the rest up.`);
    void end().finally(() => process.exit(signalled[signal]));
  };
  const end = async (): Promise<void> => {
    await stack?.close();
    await lock.release();
    for (const signal of ending) process.off(signal, onSignal);
  };
  for (const signal of ending) process.on(signal, onSignal);
  try {
    const logFile = join(config.data_dir, 'log', 'stack.log');
    await closeToOthers(logFile);
    const log = openStackLog(logFile, say);
    onBringUp?.(logFile);
    stack = await startStack({ config, lock, services, log, signal: stop.signal, say });
    const up = stack;
    void up.lost.then(endWithout);
    const session = await sessionOn(config, await connectNats(config, 'cli'), [() => untilUnused(up, lock), end]);
    return { ...session, holdsStack: true };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A closed terminal or a supervisor ends the stack in good order. Ctrl-C is handled by whoever watches a run. */
const ending = ['SIGTERM', 'SIGHUP'] as const;
const signalled: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGTERM: 143, SIGHUP: 129 };

/** The server is gone for good, and everything that this command waits for comes through it. */
function endWithout(error: Error): void {
  const { code, message, remedy } = failureOf(error);
  say(`${mark('failed')} ${indentedLines(message)} [${code}]\n  ${indentedLines(remedy)}`);
  process.exit(exitCodeOf(error));
}

/** Waits until nobody needs the stack, then admits nobody: a command that comes later brings up its own. */
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
