import { parseArgs } from 'node:util';
import { environment, findConfigFile, loadConfig, type HavunConfig } from '@havun/config';
import { failureOf } from '@havun/domain';
import { indentedLines, printableLines } from '@havun/text';
import { openDataFolder } from './data-folder.js';
import { KnownSecrets } from './known-secrets.js';
import { createLogger } from './logging.js';
import { connectNats } from './nats.js';
import { Reconfiguration } from './reconfiguration.js';
import { ServiceGroup } from './service-group.js';
import type { ServiceDefinition } from './service.js';
import { catchSignals, untilAborted } from './signals.js';

/**
 * A closed output (`havun up | tee log`, where Ctrl-C ends the tee) must not end the program in the middle of its work: what can
 * no longer be written is dropped.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** The configuration that a program was started with, and how to read it again. */
export interface Serving {
  readonly config: HavunConfig;
  /** Reads and checks the configuration file again. @throws ConfigError */
  readonly reload: () => Promise<HavunConfig>;
}

/**
 * Runs a program from its command line until it is told to stop. Exit code 0 after a signal; 1, with the reason and the remedy on
 * standard error, when it can't start or go on.
 */
export async function runProcess(name: string, serve: (serving: Serving) => Promise<void>): Promise<void> {
  surviveClosedPipes();
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      process.stdout.write(usage(name));
      return;
    }
    const env = environment();
    const search = { env, cwd: process.cwd(), ...(values.config !== undefined && { flag: values.config }) };
    const path = findConfigFile(search);
    const reload = (): Promise<HavunConfig> => loadConfig({ path, env });
    await serve({ config: await reload(), reload });
  } catch (error) {
    const { code, message, remedy } = failureOf(error);
    process.stderr.write(
      printableLines(`${name} can't go on: ${indentedLines(message)} [${code}]\n${indentedLines(remedy)}\n`),
    );
    process.exitCode = 1;
  }
  endSoon();
}

/** How long to wait for what is still open then, such as a connection to a server that hangs. */
const leftOpenMs = 5_000;

/** Lets the process end by itself, and ends it if it does not. Keeps the exit code. */
export function endSoon(): void {
  setTimeout(() => process.exit(), leftOpenMs).unref();
}

/** Runs one service as a process, or several of the same machine; the first names the program. */
export const runServiceProcess = (first: ServiceDefinition, ...others: readonly ServiceDefinition[]): Promise<void> =>
  runProcess(first.name, (serving) => serve([first, ...others], serving));

async function serve(definitions: readonly ServiceDefinition[], { config, reload }: Serving): Promise<void> {
  const name = definitions.map(({ name }) => name).join('+');
  const secrets = new KnownSecrets(config);
  const logger = createLogger({ service: name, scrub: secrets.scrub, level: config.log.level });
  let reconfiguration: Reconfiguration | undefined;
  const signals = catchSignals(() => void reconfiguration?.apply());
  await openDataFolder(config.data_dir, 'service');
  const connection = await connectNats(config, name);
  try {
    const group = await ServiceGroup.start({ config, connection, definitions }, signals.stop);
    reconfiguration = new Reconfiguration(config, {
      load: async () => secrets.of(await reload()),
      apply: (next) => group.reconfigure(next),
      say: (what) => {
        logger.info(what);
      },
    });
    await untilAborted(signals.stop);
    logger.info({ inHand: group.inHand() }, 'stopping: taking no new work, and letting the work in hand end');
    await group.close();
  } finally {
    await connection.drain();
    signals.release();
  }
}

const usage = (name: string): string => `The ${name} service of HavunCore Backup, as a process of its own.

Usage: ${name} [--config=havun.yaml]

Without --config: $HAVUN_CONFIG, else ./havun.yaml, else /etc/havun/havun.yaml. Stops on SIGTERM or SIGINT;
SIGHUP has it read its configuration again.
`;
