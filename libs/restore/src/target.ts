import { type HavunConfig, type ProjectConfig, ProjectConfigurationError } from '@havun/config';
import type { RestoreEventData } from '@havun/domain';

/** The target of a restore, as this machine's configuration has it. */
export interface RestorePlace {
  /** The folder for the project's files. */
  readonly root: string;
  /** Absent for a project without a database server. */
  readonly database?: { readonly server: string; readonly name: string };
  readonly hooks: { readonly before: readonly string[]; readonly after: readonly string[]; readonly timeoutMs: number };
  /** Whether what is replaced is kept until a person confirms. */
  readonly keeps: boolean;
}

const noHooks = { before: [], after: [], timeoutMs: 0 };

/**
 * The target of a restore to production or to the test environment.
 * @throws ProjectConfigurationError where the project, or its test environment, is not in this machine's configuration
 */
export function placeOf(
  config: HavunConfig,
  { project: name, target }: Pick<RestoreEventData<'RestoreRequested'>, 'project' | 'target'>,
): RestorePlace {
  const project = config.projects[name];
  if (!project) throw notConfigured(name);
  return target.kind === 'test' ? testPlace(name, project) : productionPlace(project);
}

function productionPlace({ paths, restore }: ProjectConfig): RestorePlace {
  const { before, after, hook_timeout_seconds: seconds } = restore;
  return {
    root: paths.root,
    ...(paths.database !== undefined &&
      paths.server !== undefined && { database: { server: paths.server, name: paths.database } }),
    hooks: { before, after, timeoutMs: seconds * 1000 },
    keeps: true,
  };
}

function testPlace(name: string, { paths, test }: ProjectConfig): RestorePlace {
  if (!test) {
    throw new ProjectConfigurationError(
      'NO_TEST_ENVIRONMENT',
      `The configuration names no test environment for "${name}"`,
      `Give projects.${name}.test a root (and a database), or restore into a folder with --to=<folder>.`,
    );
  }
  const server = test.server ?? paths.server;
  return {
    root: test.root,
    ...(test.database !== undefined && server !== undefined && { database: { server, name: test.database } }),
    hooks: noHooks,
    keeps: false,
  };
}

const notConfigured = (name: string): ProjectConfigurationError =>
  new ProjectConfigurationError(
    'PROJECT_NOT_CONFIGURED',
    `The project "${name}" is not in the configuration of the machine that was to restore it`,
    `Add it under projects, or name the machine that has it as its host, then ask for the restore again.`,
  );
