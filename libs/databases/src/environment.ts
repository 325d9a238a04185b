import { tmpdir } from 'node:os';

/** What the world outside gives; everything has a default that suits a Debian server. */
export interface DatabaseEnvironment {
  /** Folders where database clients are looked up, in the format of PATH. */
  searchPath?: string;
  /** Where the short-lived 0700 folder with a client's credentials file is made. Default: the system's. */
  tempDir?: string;
}

/** Where Debian and the usual vendors put database clients. */
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const surroundings = (environment: DatabaseEnvironment): Required<DatabaseEnvironment> => ({
  searchPath: SEARCH_PATH,
  tempDir: tmpdir(),
  ...environment,
});
