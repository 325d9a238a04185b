import { ProjectConfigurationError, projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import { createSource, type ProjectSource } from '@havun/sources';

/**
 * The source to read, and the password to encrypt it with. A backup that was requested as encrypted is never written in the clear,
 * even if the configuration has changed since.
 * @param scratch the folder for the short-lived files that hold a database client's credentials
 * @throws ProjectConfigurationError
 */
export function projectSource(
  config: HavunConfig,
  name: string,
  { encrypted, scratch }: { encrypted: boolean; scratch: string },
): { source: ProjectSource; password?: string } {
  const project = config.projects[name];
  if (!project) {
    throw new ProjectConfigurationError(
      'PROJECT_NOT_CONFIGURED',
      `The project "${name}" is not in the configuration of the runner that was to back it up`,
      `Add it under projects, or name the machine that has it as its host, then run «havun backup:run --project=${name}».`,
    );
  }
  const source = createSource(projectSourceConfig(config, name), {
    searchPath: searchPath(),
    tempDir: scratch,
  });
  if (!encrypted) return { source };
  const password = project.encryption.password?.reveal();
  if (password !== undefined) return { source, password };
  throw new ProjectConfigurationError(
    'NO_ENCRYPTION_PASSWORD',
    `The backup of "${name}" was to be encrypted, and the runner's configuration has no password for it`,
    `Set projects.${name}.encryption.password, then run «havun backup:run --project=${name}».`,
  );
}
