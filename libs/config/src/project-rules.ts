import { isNegated, negatedRemedy, projectTypes } from '@havun/sources';
import { didYouMean } from './nearest.js';
import type { ConfigProblem, Path } from './problem.js';
import { retentionProblems } from './retention-rules.js';
import { cronProblems, problem, section, type Section } from './rule.js';

/** Rules for a project beyond the shape of its keys. */
export function projectProblems(path: Path, project: Section, databases: readonly string[]): ConfigProblem[] {
  const paths = section(project['paths']);
  return [
    ...cronProblems(project['schedule'], [...path, 'schedule']),
    ...patternProblems([...path, 'include', 'files'], section(project['include'])['files']),
    ...patternProblems([...path, 'paths', 'json_databases'], paths['json_databases']),
    ...(needsServer(project) ? databaseProblems([...path, 'paths'], paths) : []),
    ...serverProblems([...path, 'paths', 'server'], paths['server'], databases),
    ...encryptionProblems([...path, 'encryption'], section(project['encryption'])),
    ...retentionProblems(path, project),
    ...testProblems([...path, 'test'], section(project['test']), paths, databases),
  ];
}

/** A pattern that would take what it names as unwanted. */
function patternProblems(path: Path, entries: unknown): ConfigProblem[] {
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown, index) => {
    const pattern = typeof entry === 'string' ? entry : section(entry)['path'];
    if (typeof pattern !== 'string' || !isNegated(pattern)) return [];
    const at = typeof entry === 'string' ? [...path, index] : [...path, index, 'path'];
    return [problem(at, 'says what is not wanted, and a pattern can only say what is wanted', negatedRemedy)];
  });
}

/** A project type that has JSON databases needs a server only where one is named. */
function needsServer(project: Section): boolean {
  const type = projectTypes.find((each) => each.type === project['type']);
  const included = section(project['include'])['database'] ?? type?.includeDefaults.database;
  const { database, server } = section(project['paths']);
  return (
    type !== undefined && included === true && (type.jsonDatabases.length === 0 || (database ?? server) !== undefined)
  );
}

const databaseProblems = (path: Path, paths: Section): ConfigProblem[] =>
  ['database', 'server']
    .filter((key) => paths[key] === undefined)
    .map((key) =>
      problem(
        [...path, key],
        'is missing, and the database is to be backed up',
        `${key === 'server' ? 'name one of databases' : 'give its name'}, or set include.database to false`,
      ),
    );

export function serverProblems(path: Path, server: unknown, databases: readonly string[]): ConfigProblem[] {
  if (typeof server !== 'string' || databases.includes(server)) return [];
  return [problem(path, `there is no "${server}" under databases${didYouMean(server, databases)}`)];
}

/** A test environment inside production would be replaced without asking. */
function testProblems(path: Path, test: Section, production: Section, databases: readonly string[]): ConfigProblem[] {
  const remedy = 'give the test environment a place of its own';
  const server = test['server'] ?? production['server'];
  return [
    ...serverProblems([...path, 'server'], test['server'], databases),
    ...(isInside(test['root'], production['root']) || isInside(production['root'], test['root'])
      ? [problem([...path, 'root'], "overlaps the project's own root", remedy)]
      : []),
    ...(test['database'] !== undefined && test['database'] === production['database'] && server === production['server']
      ? [problem([...path, 'database'], "is the project's own database", remedy)]
      : []),
  ];
}

const isInside = (path: unknown, folder: unknown): boolean =>
  typeof path === 'string' && typeof folder === 'string' && `${path}/`.startsWith(`${folder.replace(/\/+$/, '')}/`);

function encryptionProblems(path: Path, { enabled, password }: Section): ConfigProblem[] {
  if (enabled === false || password !== undefined) return [];
  const remedy = 'give one, or set encryption.enabled to false';
  return [problem([...path, 'password'], 'is missing, and encryption is on', remedy)];
}
