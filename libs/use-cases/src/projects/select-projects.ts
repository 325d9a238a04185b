import { nearest, type HavunConfig } from '@havun/config';
import type { Failure } from '@havun/domain';

export type SelectedProjects =
  | { readonly kind: 'selected'; readonly projects: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/** The named project, or every enabled one. Refused for a name that the configuration does not have. */
export function selectProjects(config: HavunConfig, named?: string): SelectedProjects {
  const known = Object.keys(config.projects);
  if (named === undefined) {
    const enabled = known.filter((name) => config.projects[name]?.enabled);
    return enabled.length > 0 ? { kind: 'selected', projects: enabled } : { kind: 'refused', refusal: noProjects };
  }
  if (Object.hasOwn(config.projects, named)) return { kind: 'selected', projects: [named] };
  const hint = nearest(named, known);
  const refusal: Failure = {
    code: 'UNKNOWN_PROJECT',
    message: `There is no project "${named}" in the configuration`,
    remedy: hint === undefined ? `Projects: ${known.join(', ') || 'none'}.` : `Did you mean "${hint}"?`,
  };
  return { kind: 'refused', refusal };
}

const noProjects: Failure = {
  code: 'NO_PROJECTS',
  message: 'No project is enabled in the configuration',
  remedy: 'Set enabled: true for a project, or name one with --project.',
};
