import type { HavunConfig } from '@havun/config';
import { serveStandalone } from '@havun/standalone';
import { exitCodes } from '../exit-code.js';
import { plural } from '../output/format.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** Runs the standalone stack in the foreground until it is told to stop. Its log goes to standard output. */
export async function up({ config, terminal }: CommandContext, reload: () => Promise<HavunConfig>): Outcome {
  const enabled = Object.values(config.projects).filter((project) => project.enabled).length;
  await serveStandalone({
    config,
    reload,
    onUp: () => {
      terminal.remark(`${mark('ok')} The stack is up, with ${plural(enabled, 'project')}. Ctrl-C stops it.`);
    },
    say: (what) => {
      terminal.remark(what);
    },
  });
  return exitCodes.done;
}
