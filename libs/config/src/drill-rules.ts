import type { ConfigProblem } from './problem.js';
import { serverProblems } from './project-rules.js';
import { cronProblems, problem, section, type Section } from './rule.js';

/** A rule for drills: their server must not be one that a project lives on. */
export function drillProblems(config: Section, databases: readonly string[]): ConfigProblem[] {
  const projects = Object.entries(section(config['projects'])).map(
    ([name, project]) => [name, section(project)] as const,
  );
  const inProduction = new Set(projects.map(([, project]) => section(project['paths'])['server']));
  const check = (path: string[], drill: Section): ConfigProblem[] => [
    ...cronProblems(drill['schedule'], [...path, 'schedule']),
    ...serverProblems([...path, 'server'], drill['server'], databases),
    ...(drill['server'] !== undefined && inProduction.has(drill['server'])
      ? [
          problem(
            [...path, 'server'],
            'is a server that a project lives on, and a drill never touches one of those',
            'name a server of its own, or leave it out: then one is started for each drill',
          ),
        ]
      : []),
  ];
  return [
    ...check(['drill'], section(config['drill'])),
    ...projects.flatMap(([name, project]) => check(['projects', name, 'drill'], section(project['drill']))),
  ];
}
