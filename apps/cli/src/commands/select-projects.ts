import { nearest, type HavunConfig } from '@havun/config';
import { CommandError, exitCodes } from '../exit-code.js';

/** The named project, or every enabled one. @throws CommandError for a name that the configuration does not have */
export function selectProjects(config: HavunConfig, named?: string): string[] {
  const known = Object.keys(config.projects);
  if (named === undefined) {
    const enabled = known.filter((name) => config.projects[name]?.enabled);
    if (enabled.length > 0) return enabled;
    throw new CommandError(
      exitCodes.usage,
      'NO_PROJECTS',
      'No project is enabled in the configuration',
      'Set enabled: true for a project, or name one with --project.',
    );
  }
  if (Object.hasOwn(config.projects, named)) return [named];
  const hint = nearest(named, known);
  throw new CommandError(
    exitCodes.usage,
    'UNKNOWN_PROJECT',
    `There is no project "${named}" in the configuration`,
    hint === undefined ? `Projects: ${known.join(', ') || 'none'}.` : `Did you mean "${hint}"?`,
  );
}
