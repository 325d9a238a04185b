import { cronProblem, isTimezone } from '@havun/domain';
import { didYouMean } from './nearest.js';
import { pathText, type ConfigProblem, type Path } from './problem.js';

/**
 * What must hold beyond the shape of each key. Works on the data as they stand in the file, so that these problems are
 * told together with those of the shape; whatever has the wrong shape is passed over here.
 */
export function ruleProblems(data: unknown): ConfigProblem[] {
  const config = section(data);
  const databases = Object.keys(section(config['databases']));
  const storages = Object.keys(section(section(config['storage'])['offsite']));
  return [
    ...timezoneProblems(config['timezone']),
    ...cronProblems(section(config['monitoring'])['health_check_schedule'], ['monitoring', 'health_check_schedule']),
    ...storages
      .filter((name) => name === 'local')
      .map(() =>
        problem(['storage', 'offsite', 'local'], '"local" is the name of the storage on this machine: choose another'),
      ),
    ...Object.entries(section(config['projects'])).flatMap(([name, project]) =>
      projectProblems(['projects', name], section(project), databases),
    ),
  ];
}

type Section = Readonly<Record<string, unknown>>;
const section = (value: unknown): Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Section) : {};

const problem = (path: Path, message: string, remedy?: string): ConfigProblem => ({
  path: pathText(path),
  message,
  ...(remedy !== undefined && { remedy }),
});

function timezoneProblems(timezone: unknown): ConfigProblem[] {
  if (typeof timezone !== 'string' || isTimezone(timezone)) return [];
  const hint = didYouMean(timezone, Intl.supportedValuesOf('timeZone'));
  return [problem(['timezone'], `"${timezone}" is no time zone that is known here${hint}`)];
}

function cronProblems(cron: unknown, path: Path): ConfigProblem[] {
  const wrong = typeof cron === 'string' ? cronProblem(cron) : undefined;
  return wrong === undefined
    ? []
    : [problem(path, `is no cron pattern: ${wrong}`, 'for example "0 3 * * *", daily at 03:00')];
}

function projectProblems(path: Path, project: Section, databases: readonly string[]): ConfigProblem[] {
  const paths = section(project['paths']);
  const encryption = section(project['encryption']);
  const wantsDatabase = section(project['include'])['database'] !== false && project['type'] === 'laravel-app';
  return [
    ...cronProblems(project['schedule'], [...path, 'schedule']),
    ...(wantsDatabase ? databaseProblems([...path, 'paths'], paths) : []),
    ...serverProblems([...path, 'paths', 'server'], paths['server'], databases),
    ...(encryption['enabled'] !== false && encryption['password'] === undefined
      ? [
          problem(
            [...path, 'encryption', 'password'],
            'is missing, and encryption is on',
            'give one, or set encryption.enabled to false',
          ),
        ]
      : []),
    ...complianceProblems(path, project),
  ];
}

const databaseProblems = (path: Path, paths: Section): ConfigProblem[] =>
  ['database', 'server']
    .filter((key) => paths[key] === undefined)
    .map((key) =>
      problem(
        [...path, key],
        'is missing, and the database of a laravel-app is backed up',
        key === 'server'
          ? 'name one of databases, or set include.database to false'
          : 'give its name, or set include.database to false',
      ),
    );

function serverProblems(path: Path, server: unknown, databases: readonly string[]): ConfigProblem[] {
  if (typeof server !== 'string' || databases.includes(server)) return [];
  return [problem(path, `there is no "${server}" under databases${didYouMean(server, databases)}`)];
}

function complianceProblems(path: Path, project: Section): ConfigProblem[] {
  const contradiction =
    section(project['compliance'])['required'] === true &&
    section(project['retention'])['auto_cleanup_archive'] === true;
  return contradiction
    ? [
        problem(
          [...path, 'retention', 'auto_cleanup_archive'],
          'is true, and compliance.required says that archives must be kept',
        ),
      ]
    : [];
}
