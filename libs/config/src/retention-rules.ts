import type { ConfigProblem, Path } from './problem.js';
import { cronProblems, problem, section, type Section } from './rule.js';

/** Rules for the retention of a project beyond the shape of its keys: nothing that must be kept is thinned out or deleted. */
export function retentionProblems(path: Path, project: Section): ConfigProblem[] {
  const retention = section(project['retention']);
  const mayDelete = retention['auto_cleanup_archive'] === true;
  const mustKeep = section(project['compliance'])['required'] === true;
  return [
    ...(mustKeep && mayDelete
      ? [
          problem(
            [...path, 'retention', 'auto_cleanup_archive'],
            'is true, but compliance.required says that archives must be kept',
            'set it to false, or compliance.required to false',
          ),
        ]
      : []),
    ...(retention['keep'] === undefined ? [] : keepProblems([...path, 'retention', 'keep'], { mayDelete, mustKeep })),
  ];
}

function keepProblems(path: Path, { mayDelete, mustKeep }: { mayDelete: boolean; mustKeep: boolean }): ConfigProblem[] {
  if (mustKeep) {
    const message = 'thins out the backups, but compliance.required says that all of them must be kept';
    return [problem(path, message, 'remove keep, or set compliance.required to false')];
  }
  if (mayDelete) return [];
  const message = 'thins out the backups, which auto_cleanup_archive: false forbids';
  return [problem(path, message, 'remove keep, or set auto_cleanup_archive to true')];
}

/** When retention works. */
export const retentionScheduleProblems = (retention: Section): ConfigProblem[] =>
  ['schedule', 'reconcile_schedule'].flatMap((key) => cronProblems(retention[key], ['retention', key]));
