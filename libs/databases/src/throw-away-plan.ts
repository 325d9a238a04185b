import type { DatabaseServerConfig } from './config.js';
import type { ServerPlan } from './server-process.js';

/** How a kind of server is started in a place. */
export interface ThrowAwayPlan {
  plan: ServerPlan;
  /** The login that imports dumps. */
  server: DatabaseServerConfig;
  /** The server's administrator, where it is another login. */
  superuser?: DatabaseServerConfig;
  isReady: () => Promise<unknown>;
  /** What the server needs before its first use. */
  prepare?: () => Promise<unknown>;
}
