import { parseArgs } from 'node:util';
import { environment, findConfigFile, loadConfig, type HavunConfig } from '@havun/config';
import { failureOf } from '@havun/domain';
import { printableLines } from '@havun/text';
import { connectNats } from './nats.js';
import { openServiceContext, type ServiceContext } from './service-context.js';
import { startService, type RunningService, type ServiceDefinition } from './service.js';

/** Settles on the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      resolve(signal);
      for (const again of ['SIGTERM', 'SIGINT'] as const) process.once(again, () => process.exit(130));
    };
    process.once('SIGTERM', onSignal);
    process.once('SIGINT', onSignal);
  });
}

/**
 * A reader that goes away (`havun up | tee log`, and Ctrl-C ends the tee) must not end the program in the middle of its
 * work: what can't be written any more is dropped.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/**
 * A program that serves until it is told to stop, from its command line to its last breath. Exit code 0 after a signal;
 * 1, with the reason and the remedy on standard error, when it can't start.
 */
export async function runProcess(name: string, serve: (config: HavunConfig) => Promise<void>): Promise<void> {
  surviveClosedPipes();
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      process.stdout.write(usage(name));
      return;
    }
    const env = environment();
    const search = { env, cwd: process.cwd(), ...(values.config !== undefined && { flag: values.config }) };
    await serve(await loadConfig({ path: findConfigFile(search), env }));
  } catch (error) {
    const { code, message, remedy } = failureOf(error);
    process.stderr.write(printableLines(`${name} can't go on: ${message} [${code}]\n${remedy}\n`));
    process.exitCode = 1;
  }
}

/** One service as a process of its own, or several that belong on the same machine; the first gives the program its name. */
export const runServiceProcess = (first: ServiceDefinition, ...others: readonly ServiceDefinition[]): Promise<void> =>
  runProcess(first.name, (config) => serve([first, ...others], config));

async function serve(definitions: readonly ServiceDefinition[], config: HavunConfig): Promise<void> {
  const connection = await connectNats(config, definitions.map(({ name }) => name).join('+'));
  const running: { service: RunningService; context: ServiceContext }[] = [];
  try {
    for (const definition of definitions) {
      const context = await openServiceContext({ service: definition.name, config, connection });
      running.push({ service: await startService(definition, context), context });
    }
    const signal = await untilSignal();
    for (const { context } of running) {
      context.logger.info({ signal }, 'stopping: taking no new work, and letting the work in hand end');
    }
  } finally {
    await Promise.all(running.map(({ service }) => service.close()));
    await connection.drain();
  }
}

const usage = (name: string): string => `The ${name} service of HavunCore Backup, as a process of its own.

Usage: ${name} [--config=havun.yaml]

Without --config: $HAVUN_CONFIG, else ./havun.yaml, else /etc/havun/havun.yaml. Stops on SIGTERM or SIGINT.
`;
