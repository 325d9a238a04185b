import { chooseBackup as choose, type Choice } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import type { RestoreWish } from './restore-options.js';

export type { Choice } from '@havun/use-cases';

/** @throws CommandError where no backup fits; it says which backups there are */
export async function chooseBackup(
  deps: Parameters<typeof choose>[0],
  { project, criterion }: Pick<RestoreWish, 'project' | 'criterion'>,
): Promise<Choice> {
  const outcome = await choose(deps, project, criterion);
  if (outcome.kind === 'chosen') return outcome.choice;
  const { code, message, remedy } = outcome.refusal;
  throw new CommandError(exitCodes.failed, code, message, remedy);
}
