import type { HavunConfig } from '@havun/config';
import { untilSignal } from '@havun/service-kit';
import { allServices, startStack } from './stack.js';
import { takeStackLock } from './stack-lock.js';

export class StackAlreadyUp extends Error {
  readonly code = 'STACK_ALREADY_UP';
  readonly retryable = false;
  readonly remedy = 'Use the one that is up, or stop it first: it ends by itself when it was brought up by a command.';
  constructor(dataDir: string) {
    super(`The stack of ${dataDir} is up already, in another process`);
    this.name = 'StackAlreadyUp';
  }
}

/** Holds the whole stack up until SIGTERM or SIGINT. @throws StackAlreadyUp */
export async function serveStandalone(
  config: HavunConfig,
  onUp: () => void,
  onWait?: (what: string) => void,
): Promise<void> {
  const lock = await takeStackLock(config.data_dir);
  if (!lock) throw new StackAlreadyUp(config.data_dir);
  try {
    const stack = await startStack({ config, services: allServices, ...(onWait && { onWait }) });
    onUp();
    await untilSignal();
    await stack.close();
  } finally {
    await lock.release();
  }
}
