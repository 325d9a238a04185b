import { tmpdir } from 'node:os';

/** What the world outside gives; everything has a default that suits a Debian server. */
export interface DatabaseEnvironment {
  /** Folders where database programs are looked up first, in the format of PATH. */
  searchPath?: string;
  /** Where the short-lived 0700 folder with a client's credentials file is made. Default: the system's. */
  tempDir?: string;
  /** The root of the tree where distributions put database programs, which are looked up there next. Default: `/`. */
  systemRoot?: string;
}

export const surroundings = (environment: DatabaseEnvironment): Required<DatabaseEnvironment> => ({
  searchPath: '',
  tempDir: tmpdir(),
  systemRoot: '/',
  ...environment,
});
