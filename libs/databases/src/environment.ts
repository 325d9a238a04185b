import { tmpdir } from 'node:os';

/** The outside world. The defaults suit a Debian server. */
export interface DatabaseEnvironment {
  /** Folders that are searched first for database programs, in the format of PATH. */
  searchPath?: string;
  /** The parent of the short-lived 0700 folder with a client's credentials file. Default: the system's. */
  tempDir?: string;
  /** The root of the tree where distributions put database programs, which is searched next. Default: `/`. */
  systemRoot?: string;
}

export const surroundings = (environment: DatabaseEnvironment): Required<DatabaseEnvironment> => ({
  searchPath: '',
  tempDir: tmpdir(),
  systemRoot: '/',
  ...environment,
});
