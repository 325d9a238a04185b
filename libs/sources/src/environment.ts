import { tmpdir } from 'node:os';
import type { SourceEnvironment } from './source.js';

/** Where Debian and the usual vendors put database clients. */
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const surroundings = (environment: SourceEnvironment): Required<SourceEnvironment> => ({
  searchPath: SEARCH_PATH,
  tempDir: tmpdir(),
  ...environment,
});
