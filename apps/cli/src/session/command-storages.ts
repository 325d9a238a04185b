import { openStorages } from '@havun/service-kit';
import type { Storages } from '@havun/storage';
import type { CommandContext } from '../commands/command.js';

/** The storages, for a command that accesses them itself. The caller closes them. */
export const commandStorages = ({ config, terminal }: CommandContext): Storages =>
  openStorages(config, {
    holder: 'a havun command',
    use: 'command',
    onWait: (what) => {
      terminal.remark(`Waiting for ${what}.`);
    },
  });
