import { CommandError, exitCodes } from '../exit-code.js';
import { ask, canAsk } from '../prompt.js';
import type { RestoreWish } from './restore-options.js';

/** Refuses at once where no confirmation is possible. @throws CommandError */
export function checkConsent({ project, target, yes, reason }: RestoreWish): void {
  if (target.kind !== 'production' || (yes && reason !== undefined)) return;
  const add = 'Add --yes --reason="why".';
  if (yes) throw refused('REASON_MISSING', `A restore of ${project} to production with --yes wants a reason`, add);
  if (canAsk()) return;
  throw refused(
    'NOT_CONFIRMED',
    `A restore of ${project} to production has to be confirmed, and there is no terminal to ask on`,
    add,
  );
}

/**
 * Asks for the project's name where production is replaced and --yes was not given.
 * @returns the reason, where one was given
 * @throws CommandError where the name was not typed
 */
export async function confirmProduction({ project, yes, reason }: RestoreWish): Promise<string | undefined> {
  if (yes) return reason;
  const typed = await ask(`\nThis replaces production. Type the project's name (${project}) to go on: `);
  if (typed !== project) {
    const what = typed === undefined || typed === '' ? 'The name was not typed' : `"${typed}" is not "${project}"`;
    throw refused('NOT_CONFIRMED', `${what}: nothing was changed`, 'Run the command again when you are sure.');
  }
  if (reason !== undefined) return reason;
  const said = await ask('Why (for the record, may be empty): ');
  return said === '' ? undefined : said;
}

export const refused = (code: string, message: string, remedy: string): CommandError =>
  new CommandError(exitCodes.refused, code, message, remedy);
