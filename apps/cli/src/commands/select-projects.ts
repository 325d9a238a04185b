import type { HavunConfig } from '@havun/config';
import { selectProjects as select } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';

/** The named project, or every enabled one. @throws CommandError for a name that the configuration does not have */
export function selectProjects(config: HavunConfig, named?: string): readonly string[] {
  const selected = select(config, named);
  if (selected.kind === 'selected') return selected.projects;
  const { code, message, remedy } = selected.refusal;
  throw new CommandError(exitCodes.usage, code, message, remedy);
}
