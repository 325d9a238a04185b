import { connectNats, connectToStack, readStackFile } from '@havun/service-kit';
import { askToReload, attachToStack } from '@havun/standalone';
import { CommandError, exitCodes } from '../exit-code.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** Makes the running stack reload its configuration. This command has already read the file and found it valid. */
export async function reload({ config, terminal }: CommandContext): Outcome {
  const connection = await connectToRunning(config);
  try {
    const answer = await askToReload(connection, config.host);
    terminal.printJson(answer);
    if (answer.kind === 'reconfigured') {
      terminal.print(`${mark('ok')} The stack has reloaded its configuration file.`);
      return exitCodes.done;
    }
    const { code, message, remedy } = answer.failure;
    throw new CommandError(
      code === 'STACK_NOT_UP' ? exitCodes.unavailable : exitCodes.refused,
      code,
      `The configuration was not reloaded: ${message}`,
      remedy,
    );
  } finally {
    await connection.drain();
  }
}

async function connectToRunning(config: CommandContext['config']): ReturnType<typeof connectNats> {
  if (config.nats.url !== 'embedded') return connectNats(config, 'cli');
  const { data_dir: dataDir } = config;
  const attachment = await attachToStack(dataDir);
  const stack = attachment && (await readStackFile(dataDir));
  attachment?.detach();
  if (stack) return connectToStack(stack, 'cli');
  throw new CommandError(
    exitCodes.unavailable,
    'STACK_NOT_UP',
    `No stack is up in ${dataDir}`,
    'Start it with «havun up». One that was started with another data_dir has to be restarted.',
  );
}
