import type { StreamId } from '@havun/domain';
import type { ServiceContext } from '@havun/service-kit';
import { archiveFindings, type FoundFindings } from '@havun/use-cases';
import type { CommandContext } from '../commands/command.js';
import { commandStorages } from './command-storages.js';

/** What the manifest of a backup names, read from its nearest copy. */
export const findingsOf = (
  context: CommandContext,
  { store }: ServiceContext,
  stream: StreamId,
): Promise<FoundFindings> =>
  archiveFindings({ config: context.config, store, storages: () => commandStorages(context) }, stream);
