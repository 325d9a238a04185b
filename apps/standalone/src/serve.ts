import {
  catchSignals,
  KnownSecrets,
  openDataFolder,
  Reconfiguration,
  untilAborted,
  type Serving,
} from '@havun/service-kit';
import { answerReloads } from './reload.js';
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

export interface ServeOptions extends Serving {
  readonly onUp: () => void;
  /** Called with what is waited for, and with what happens to the stack. */
  readonly say: (what: string) => void;
}

/**
 * Runs the whole stack until SIGTERM or SIGINT; SIGHUP makes it reload its configuration.
 * @throws StackAlreadyUp, DataFolderError, and EventStoreError where the embedded server could not be kept running
 */
export async function serveStandalone({ config, reload, onUp, ...options }: ServeOptions): Promise<void> {
  const secrets = new KnownSecrets(config);
  const say = (what: string): void => {
    options.say(secrets.scrub(what));
  };
  let reconfiguration: Reconfiguration | undefined;
  const signals = catchSignals(() => void reconfiguration?.apply());
  await openDataFolder(config.data_dir);
  const lock = await takeStackLock(config.data_dir);
  if (!lock) throw new StackAlreadyUp(config.data_dir);
  try {
    const stack = await startStack({ config, services: allServices, signal: signals.stop, say });
    const changes = (reconfiguration = new Reconfiguration(config, {
      load: async () => secrets.of(await reload()),
      apply: (next) => stack.reconfigure(next),
      say,
    }));
    answerReloads(stack.connection, config.host, () => changes.apply());
    onUp();
    const lost = await Promise.race([untilAborted(signals.stop), stack.lost]);
    if (lost) {
      await stack.close().catch(() => undefined); // what it can't say goodbye to is the server that is lost
      throw lost;
    }
    const inHand = stack.inHand();
    if (inHand.length > 0)
      say(`Stopping: ${inHand.join(', ')} gets a few seconds to end; what needs longer is taken up at the next start.`);
    await stack.close();
  } catch (error) {
    if (error !== signals.stop.reason) throw error;
  } finally {
    await lock.release();
    signals.release();
  }
}
